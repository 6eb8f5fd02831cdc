"""Binarized networks: a perceptron of binary kernels and activations."""

from collections.abc import Mapping
from typing import Any

import keras
from experiments import Experiment, Outcome, error_percent

from low_bit.files import low_bit_files
from low_bit.registry import EXPERIMENTS
from low_bit.training import fit_hinge
from tfprune import models
from tfprune.models.data import Dataset

SETTINGS = {
    "units": 512,
    "learning_rate": 3e-3,
    "last_learning_rate": 3e-7,
    "batch_size": 100,
    "epochs": 40,
}


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains one perceptron."""
    keras.utils.set_random_seed(seed)
    model = models.get("binary_mlp")(
        units=settings["units"], probabilities=False
    )
    fit_hinge(model, dataset, settings)
    figures = {"binary_error_percent": error_percent(model, dataset)}
    return Outcome(figures, {"binary": model})


@EXPERIMENTS.register("bnn")
def bnn() -> Experiment:
    """Courbariaux et al. 2016, table 1, an eighth as wide."""
    return Experiment(
        claim="Binarized network, three layers of 512 units, MNIST",
        dataset="mnist",
        settings=SETTINGS,
        run=run,
        measure_files=low_bit_files,
        at_most={"binary_error_percent": 2.2, "binary_part_of_float": 1 / 7.5},
        at_least={"binary_agreeing": 10_000},
        paper={"binary_error_percent": 0.96},
    )
