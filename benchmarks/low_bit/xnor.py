"""Binary-weight and XNOR networks: LeNet-5, binary in the middle."""

from collections.abc import Mapping
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
KINDS: Mapping[str, Mapping[str, Any]] = {
    "float": {"settings": dict, "relu": True},
    "bwn": {"settings": presets.bwn, "relu": True},
    "xnor": {"settings": presets.xnor},
    "xnor_convolution_first": {
        "settings": presets.xnor,
        "normalize_first": False,
    },
    "xnor_input_scale": {"settings": lambda: presets.xnor(input_scale=True)},
}


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains the network in all of its forms."""

    def build(name: str) -> keras.Model:
        return models.get("xnor_lenet")(**KINDS[name])

    def train(model: keras.Model) -> None:
        fit_probabilities(model, dataset, settings)

    contrasts = {
        "points_lost_by_convolution_first": ("xnor_convolution_first", "xnor")
    }
    return compared(seed, dataset, KINDS, build, train, contrasts)


@EXPERIMENTS.register("xnor")
def xnor() -> Experiment:
    """Rastegari et al. 2016, which has no figure for MNIST."""
    return Experiment(
        claim="BWN and XNOR, LeNet-5 with normalization, MNIST",
        dataset="mnist",
        settings=SETTINGS,
        run=run,
        measure_files=low_bit_files,
        at_most={"bwn_points_lost": 0.3, "xnor_error_percent": 1.7},
        at_least={"points_lost_by_convolution_first": 0.1},
    )
