"""Structured sparsity learning on the neurons and pixels of a perceptron."""

from collections.abc import Mapping
from typing import Any

import keras
from experiments import Experiment, Outcome, error_percent
from keras import layers

import tfprune
from tfprune.models.data import Dataset
from tfprune.regularizers import GroupLasso, Sum
from trained_sparsity.registry import EXPERIMENTS
from trained_sparsity.ssl import train

SETTINGS = {
    "pixel_strength": 5.5e-4,
    "neuron_strength": 1.9e-4,
    "learning_rate": 0.05,
    "momentum": 0.9,
    "batch_size": 64,
    "dense_epochs": 4,
    "sparse_epochs": 16,
    "settling_epochs": 4,
    "fine_tuning_epochs": 10,
    "fine_tuning_rate": 0.01,
}
STRONG = {
    **SETTINGS,
    "pixel_strength": 7.5e-4,
    "first_neuron_strength": 2.2e-4,
    "neuron_strength": 3.4e-4,
}


def network(settings: Mapping[str, Any]) -> keras.Model:
    """784-500-300-10, neurons penalized by what they get and what they give.

    A neuron goes when either is zero: the paper's rows and columns.
    """

    neurons = settings["neuron_strength"]
    first = settings.get("first_neuron_strength", neurons)
    made = {"fc1": first, "fc2": neurons}
    read = {"fc1": settings["pixel_strength"], "fc2": neurons}
    inputs = keras.Input((28, 28, 1))
    x = layers.Flatten()(inputs)
    for name, units in (("fc1", 500), ("fc2", 300)):
        penalty = Sum(
            [
                GroupLasso(made[name], structure="filter"),
                GroupLasso(read[name], structure="channel"),
            ]
        )
        x = layers.Dense(
            units, activation="relu", kernel_regularizer=penalty, name=name
        )(x)
    outputs = layers.Dense(
        10,
        activation="softmax",
        kernel_regularizer=GroupLasso(neurons, structure="channel"),
        name="predictions",
    )(x)
    return keras.Model(inputs, outputs, name="ssl_neurons")


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains one network and strips it; its inputs are those it selects."""
    keras.utils.set_random_seed(seed)
    model = network(settings)
    train(model, dataset, settings)
    small = tfprune.strip(model, data=dataset.x_test[:500])
    figures = {
        "error_percent": error_percent(small, dataset),
        "inputs": small.get_layer("fc1").kernel.shape[0],
        "fc1": small.get_layer("fc1").units,
        "fc2": small.get_layer("fc2").units,
    }
    return Outcome(figures, {"dense": network(settings), "small": small})


@EXPERIMENTS.register("ssl_neurons")
def ssl_neurons() -> Experiment:
    """Wen et al. 2016, the second perceptron."""
    return Experiment(
        claim="Neurons of 784-500-300, MNIST (paper: 469-294-166 at 1.34%)",
        dataset="mnist",
        settings=SETTINGS,
        run=run,
        at_most={"error_percent": 1.6, "inputs": 469, "fc1": 294, "fc2": 166},
        paper={"error_percent": 1.34, "inputs": 469, "fc1": 294, "fc2": 166},
    )


@EXPERIMENTS.register("ssl_neurons_strong")
def ssl_neurons_strong() -> Experiment:
    """Wen et al. 2016, the third perceptron."""
    return Experiment(
        claim="Fewer neurons of 784-500-300 (paper: 434-174-78 at 1.53%)",
        dataset="mnist",
        settings=STRONG,
        run=run,
        at_most={"error_percent": 1.8, "inputs": 434, "fc1": 174, "fc2": 78},
        paper={"error_percent": 1.53, "inputs": 434, "fc1": 174, "fc2": 78},
    )
