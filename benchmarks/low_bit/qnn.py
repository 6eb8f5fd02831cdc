"""Quantized networks: LeNet-5 of 4 bits, evenly spaced or powers of two."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
from experiments import Experiment, Outcome

from low_bit.comparison import compared
from low_bit.files import low_bit_files
from low_bit.registry import EXPERIMENTS
from low_bit.training import fit_probabilities
from tfprune import models
from tfprune.layers import presets
from tfprune.models.data import Dataset

SETTINGS = {
    "learning_rate": 1e-3,
    "last_learning_rate": 1e-5,
    "batch_size": 100,
    "epochs": 10,
}
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "float": dict,
    "linear": partial(presets.qnn, 4, 4),
    "logarithmic": partial(presets.qnn, 4, 4, logarithmic=True),
}


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains the network with real and with quantized layers."""

    def build(name: str) -> keras.Model:
        return models.get("xnor_lenet")(settings=KINDS[name], relu=True)

    def train(model: keras.Model) -> None:
        fit_probabilities(model, dataset, settings)

    return compared(seed, dataset, KINDS, build, train)


@EXPERIMENTS.register("qnn")
def qnn() -> Experiment:
    """Hubara et al. 2016, which has no figure for this network."""
    return Experiment(
        claim="QNN of 4 bits, LeNet-5 with normalization, MNIST",
        dataset="mnist",
        settings=SETTINGS,
        run=run,
        measure_files=low_bit_files,
        at_most={"linear_points_lost": 0.2, "logarithmic_points_lost": 0.3},
    )
