"""L0 gates on the maps of LeNet-5, and on the inputs of its dense layers."""

from collections.abc import Mapping
from typing import Any

import keras
from experiments import Experiment, Outcome, error_percent
from keras import layers

import tfprune
from tfprune.models.data import Dataset
from trained_sparsity.l0 import gate, num_open, train
from trained_sparsity.registry import EXPERIMENTS

SETTINGS = {
    "strength": 0.1,
    "examples": 60000,
    "gate_learning_rate_multiplier": 15,
    "learning_rate": 1e-3,
    "average": 0.999,
    "batch_size": 100,
    "epochs": 30,
}


def network(settings: Mapping[str, Any]) -> keras.Model:
    """LeNet-5 with a ReLU behind each convolution, as the paper has it."""
    x = inputs = keras.Input((28, 28, 1))
    channels = 1
    for index, filters in enumerate((20, 50), start=1):
        x = layers.Conv2D(
            filters,
            5,
            activation="relu",
            kernel_initializer="he_normal",
            name=f"conv{index}",
        )(x)
        x = gate(f"conv{index}_gate", 25 * channels + 1, settings)(x)
        x = layers.MaxPooling2D()(x)
        channels = filters
    x = gate("fc1_inputs", 500, settings)(layers.Flatten()(x))
    x = layers.Dense(
        500, activation="relu", kernel_initializer="he_normal", name="fc1"
    )(x)
    x = gate("fc2_inputs", 10, settings)(x)
    outputs = layers.Dense(10, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, outputs, name="l0_lenet_5")


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
        "fc1_inputs": num_open(model, "fc1_inputs"),
        "fc2_inputs": small.get_layer("fc1").units,
    }
    # With new gates, all of them open.
    dense = tfprune.strip(network(settings))
    return Outcome(figures, {"dense": dense, "small": small})


@EXPERIMENTS.register("l0_lenet_5")
def l0_lenet_5() -> Experiment:
    """Louizos et al. 2018, table 1, in a tenth of the epochs."""
    return Experiment(
        claim="L0 gates on LeNet-5, MNIST (paper: 20-25-45-462 at 0.9%)",
        dataset="mnist",
        settings=SETTINGS,
        run=run,
        at_most={
            "error_percent": 1.0,
            "conv1": 20,
            "conv2": 30,
            "fc1_inputs": 80,
            "fc2_inputs": 480,
        },
        paper={
            "error_percent": 0.9,
            "conv1": 20,
            "conv2": 25,
            "fc1_inputs": 45,
            "fc2_inputs": 462,
        },
    )
