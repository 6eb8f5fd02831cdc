"""Structured sparsity learning on the filters and channels of LeNet-5."""

from collections.abc import Mapping
from typing import Any

import keras

import tfprune
from tfprune import models
from tfprune.models.data import Dataset
from tfprune.regularizers import GroupLasso, Sum
from trained_sparsity.experiment import EXPERIMENTS, Experiment, Figures
from trained_sparsity.ssl import error_percent, train

SETTINGS = {
    "strength": 3e-3,
    "learning_rate": 0.01,
    "momentum": 0.9,
    "batch_size": 64,
    "dense_epochs": 3,
    "sparse_epochs": 8,
    "fine_tuning_epochs": 4,
    "fine_tuning_rate": 0.003,
}
STRONG = {**SETTINGS, "strength": 6e-3}


def network(settings: Mapping[str, Any]) -> keras.Model:
    """LeNet-5 as Caffe has it, filters and channels of both convolutions."""
    model = models.get("lenet_5")()
    for name in ("conv1", "conv2"):
        model.get_layer(name).kernel.regularizer = Sum(
            [
                GroupLasso(settings["strength"], "filter"),
                GroupLasso(settings["strength"], "channel"),
            ]
        )
    return model


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Figures:
    """Trains one network and strips it."""
    keras.utils.set_random_seed(seed)
    model = network(settings)
    train(model, dataset, settings)
    small = tfprune.strip(model, data=dataset.x_test[:500])
    macs = {x.name: x.macs for x in tfprune.profile(small).layers}
    return {
        "error_percent": error_percent(small, dataset),
        "conv1": small.get_layer("conv1").filters,
        "conv2": small.get_layer("conv2").filters,
        "conv1_macs": macs["conv1"],
        "conv2_macs": macs["conv2"],
        "parameters": small.count_params(),
    }


@EXPERIMENTS.register("ssl_filters")
def ssl_filters() -> Experiment:
    """Wen et al. 2016, table 1, the second network."""
    return Experiment(
        claim="Filters of LeNet-5, MNIST (paper: 5-19 at 0.8%)",
        dataset="mnist",
        settings=SETTINGS,
        run=run,
        at_most={"error_percent": 1.1, "conv1": 5, "conv2": 19},
    )


@EXPERIMENTS.register("ssl_filters_strong")
def ssl_filters_strong() -> Experiment:
    """Wen et al. 2016, table 1, the third network."""
    return Experiment(
        claim="Fewer filters of LeNet-5, MNIST (paper: 3-12 at 1.0%)",
        dataset="mnist",
        settings=STRONG,
        run=run,
        at_most={"error_percent": 1.3, "conv1": 3, "conv2": 12},
    )
