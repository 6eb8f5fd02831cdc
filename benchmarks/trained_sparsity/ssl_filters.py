"""Structured sparsity learning on the filters and channels of LeNet-5."""

from collections.abc import Mapping
from typing import Any

import keras
from experiments import Experiment, Outcome, error_percent

import tfprune
from tfprune import models
from tfprune.models.data import Dataset
from tfprune.regularizers import GroupLasso, Sum
from trained_sparsity.registry import EXPERIMENTS
from trained_sparsity.ssl import train

SETTINGS = {
    "conv1_filter": 6e-3,
    "conv2_channel": 6e-3,
    "conv2_filter": 3.4e-2,
    "learning_rate": 0.01,
    "momentum": 0.9,
    "batch_size": 64,
    "dense_epochs": 3,
    "sparse_epochs": 8,
    "fine_tuning_epochs": 6,
    "fine_tuning_rate": 0.005,
}
STRONG = {
    **SETTINGS,
    "conv1_filter": 1.1e-2,
    "conv2_channel": 1.1e-2,
    "conv2_filter": 5.5e-2,
}


def network(settings: Mapping[str, Any]) -> keras.Model:
    """LeNet-5 as Caffe has it, its filters and channels penalized."""
    model = models.get("lenet_5")()
    first, second = (model.get_layer(x).kernel for x in ("conv1", "conv2"))
    first.regularizer = GroupLasso(settings["conv1_filter"], "filter")
    second.regularizer = Sum(
        [
            GroupLasso(settings["conv2_filter"], "filter"),
            GroupLasso(settings["conv2_channel"], "channel"),
        ]
    )
    return model


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains one network and strips it."""
    keras.utils.set_random_seed(seed)
    model = network(settings)
    train(model, dataset, settings)
    small = tfprune.strip(model, data=dataset.x_test[:500])
    figures = {
        "error_percent": error_percent(small, dataset),
        "conv1": small.get_layer("conv1").filters,
        "conv2": small.get_layer("conv2").filters,
    }
    return Outcome(figures, {"dense": network(settings), "small": small})


@EXPERIMENTS.register("ssl_filters")
def ssl_filters() -> Experiment:
    """Wen et al. 2016, table 1, the second network."""
    return Experiment(
        claim="Filters of LeNet-5, MNIST (paper: 5-19 at 0.8%)",
        dataset="mnist",
        settings=SETTINGS,
        run=run,
        at_most={"error_percent": 1.1, "conv1": 5, "conv2": 19},
        paper={"error_percent": 0.8, "conv1": 5, "conv2": 19},
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
        paper={"error_percent": 1.0, "conv1": 3, "conv2": 12},
    )
