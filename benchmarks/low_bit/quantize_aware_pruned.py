"""Pruning four times, and then training as integers compute."""

from collections.abc import Mapping
from typing import Any

import keras
from experiments import Experiment, Outcome, error_percent

import tfprune
from low_bit import networks
from low_bit.quantize_aware import SETTINGS as TRAINING
from low_bit.quantize_aware import (
    aware_copies,
    fit,
    integer_files,
    trained_on,
)
from low_bit.registry import EXPERIMENTS
from tfprune.models.data import Dataset

SETTINGS = {**TRAINING, "macs": 0.25, "fine_tune_epochs": 4}


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains, prunes, fine-tunes, and trains on as integers compute."""
    keras.utils.set_random_seed(seed)
    dense = networks.keyword_cnn(dataset)
    epochs, rate = settings["epochs"], settings["learning_rate"]
    fit(dense, dataset, settings, epochs, rate)
    pruned = tfprune.prune(dense, criterion="l1_norm", macs=settings["macs"])
    fit(pruned, dataset, settings, settings["fine_tune_epochs"], rate)
    found = aware_copies(pruned, dataset, settings)
    found["pruned"] = trained_on(pruned, dataset, settings)
    # The dense network is trained as long.
    fit(dense, dataset, settings, settings["fine_tune_epochs"], rate)
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
