"""BinaryConnect: a perceptron of binary kernels."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
from experiments import Experiment, Outcome, error_percent

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
    networks, figures = {}, {}
    for name, kernels in KINDS.items():
        keras.utils.set_random_seed(seed)
        model = models.get("binary_mlp")(
            units=settings["units"],
            first=kernels,
            others=kernels,
            activation="relu",
            probabilities=False,
        )
        fit_hinge(model, dataset, settings)
        networks[name] = model
        figures[f"{name}_error_percent"] = error_percent(model, dataset)
    base = figures["float_error_percent"]
    for name in ("deterministic", "stochastic"):
        lost = figures[f"{name}_error_percent"] - base
        figures[f"{name}_points_lost"] = lost
    return Outcome(figures, networks)


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
