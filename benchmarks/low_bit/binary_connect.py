"""BinaryConnect: a perceptron of binary kernels."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
from experiments import Experiment, Outcome

from low_bit.comparison import compared
from low_bit.files import low_bit_files
from low_bit.registry import EXPERIMENTS
from low_bit.training import fit_hinge
from tfprune import models
from tfprune.layers import presets
from tfprune.models.data import Dataset

SETTINGS = {
    "units": 512,
    "learning_rate": 3e-3,
    "last_learning_rate": 3e-6,
    "batch_size": 100,
    "epochs": 15,
}
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "float": dict,
    "deterministic": presets.binary_connect,
    "stochastic": partial(presets.binary_connect, stochastic=True),
}


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains the same perceptron with real and with binary kernels."""

    def build(name: str) -> keras.Model:
        return models.get("binary_mlp")(
            units=settings["units"],
            first=KINDS[name],
            others=KINDS[name],
            activation="relu",
            probabilities=False,
        )

    def train(model: keras.Model) -> None:
        fit_hinge(model, dataset, settings)

    return compared(seed, dataset, KINDS, build, train)


@EXPERIMENTS.register("binary_connect")
def binary_connect() -> Experiment:
    """Courbariaux et al. 2015, table 2, a quarter as wide."""
    return Experiment(
        claim="BinaryConnect, three layers of 512 units, MNIST (paper: 1024)",
        dataset="mnist",
        settings=SETTINGS,
        run=run,
        measure_files=low_bit_files,
        at_most={
            "deterministic_error_percent": 1.7,
            "stochastic_error_percent": 1.7,
            "deterministic_points_lost": 0.3,
            "stochastic_points_lost": 0.3,
        },
        paper={
            "float_error_percent": 1.30,
            "deterministic_error_percent": 1.29,
            "stochastic_error_percent": 1.18,
        },
    )
