"""Pruning four times, and then training as integers compute."""

from collections.abc import Mapping
from typing import Any

import keras
from experiments import Experiment, Outcome, error_percent
from trained_sparsity.ista import (
    PRETRAINED,
    fine_tuned,
    sparsified_by_small_scales,
    trained,
)

import tfprune
from low_bit.quantize_aware import SETTINGS as TRAINING
from low_bit.quantize_aware import aware_copies, integer_files, trained_on
from low_bit.registry import EXPERIMENTS
from tfprune.models.data import Dataset

SETTINGS = {
    "pruning": PRETRAINED,
    **{
        x: TRAINING[x]
        for x in (
            "aware_epochs",
            "aware_learning_rate",
            "batch_size",
            "calibration_images",
        )
    },
}


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains, prunes, fine-tunes, and trains on as integers compute."""
    pruning = settings["pruning"]
    keras.utils.set_random_seed(seed)
    plain = trained(dataset, pruning["dense_epochs"], pruning)
    sparse, _ = sparsified_by_small_scales(plain, dataset, pruning)
    pruned, _ = fine_tuned(sparse, dataset, pruning)
    # What it is held against is trained as long.
    dense, _ = fine_tuned(plain, dataset, pruning)
    found = aware_copies(pruned, dataset, settings)
    found["pruned"] = trained_on(pruned, dataset, settings)
    found["float"] = trained_on(dense, dataset, settings)
    figures = {
        f"keras_{name}_error_percent": error_percent(network, dataset)
        for name, network in found.items()
    }
    figures["macs_left"] = (
        tfprune.profile(pruned).macs / tfprune.profile(dense).macs
    )
    return Outcome(figures, found)


@EXPERIMENTS.register("quantize_aware_pruned")
def quantize_aware_pruned() -> Experiment:
    """What pruning and integers cost together."""
    return Experiment(
        claim="A quarter of the MACs, as integers compute, Fashion-MNIST",
        dataset="fashion_mnist",
        settings=SETTINGS,
        run=run,
        measure_files=integer_files,
        at_most={"int8_points_lost": 1.2, "macs_left": 0.25},
    )
