"""Structured sparsity learning on the shapes of LeNet-5's filters."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from experiments import Experiment, Outcome, error_percent

import tfprune
from tfprune import models
from tfprune.models.data import Dataset
from tfprune.regularizers import GroupLasso
from trained_sparsity.registry import EXPERIMENTS
from trained_sparsity.ssl import column_norms, train

SETTINGS = {
    "strength": {"conv1": 6e-3, "conv2": 1.5e-2},
    "learning_rate": 0.01,
    "momentum": 0.9,
    "batch_size": 64,
    "dense_epochs": 3,
    "sparse_epochs": 8,
    "fine_tuning_epochs": 8,
    "fine_tuning_rate": 0.005,
}


def network(settings: Mapping[str, Any]) -> keras.Model:
    """LeNet-5 as Caffe has it, the columns of both convolutions penalized."""
    model = models.get("lenet_5")()
    for name, strength in settings["strength"].items():
        penalty = GroupLasso(strength, structure="shape")
        model.get_layer(name).kernel.regularizer = penalty
    return model


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains one network; what it saves is seen once it is lowered."""
    keras.utils.set_random_seed(seed)
    model = network(settings)
    train(model, dataset, settings)
    columns = {
        f"{name}_columns": int(np.count_nonzero(column_norms(model, name)))
        for name in settings["strength"]
    }
    small = tfprune.strip(model, lower_shapes=0.25, data=dataset.x_test[:500])
    figures = {
        "error_percent": error_percent(small, dataset),
        **columns,
    }
    return Outcome(figures, {"dense": network(settings), "small": small})


@EXPERIMENTS.register("ssl_shapes")
def ssl_shapes() -> Experiment:
    """Wen et al. 2016, table 2, the fourth network."""
    return Experiment(
        claim="Shapes of LeNet-5's filters, MNIST (paper: 21-41 at 0.8%)",
        dataset="mnist",
        settings=SETTINGS,
        run=run,
        at_most={
            "error_percent": 1.1,
            "conv1_columns": 21,
            "conv2_columns": 41,
        },
        paper={
            "error_percent": 0.8,
            "conv1_columns": 21,
            "conv2_columns": 41,
        },
    )
