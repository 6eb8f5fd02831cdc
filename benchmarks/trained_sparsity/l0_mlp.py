"""L0 gates on the inputs of each layer of a perceptron."""

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
    "gate_learning_rate_multiplier": 10,
    "drop_rate_of_inputs": 0.2,
    "learning_rate": 1e-3,
    "average": 0.999,
    "batch_size": 100,
    "epochs": 40,
}


def perceptron(settings: Mapping[str, Any]) -> keras.Model:
    """LeNet-300-100 with a gate in front of each layer."""
    inputs = keras.Input((28, 28, 1))
    x = layers.Flatten()(inputs)
    x = gate("inputs", 300, settings, settings["drop_rate_of_inputs"])(x)
    for index, (units, readers) in enumerate(((300, 100), (100, 10)), start=1):
        x = layers.Dense(
            units,
            activation="relu",
            kernel_initializer="he_normal",
            name=f"fc{index}",
        )(x)
        x = gate(f"gate{index}", readers, settings)(x)
    outputs = layers.Dense(10, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, outputs, name="l0_mlp")


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains one perceptron and strips it."""
    keras.utils.set_random_seed(seed)
    model = perceptron(settings)
    train(model, dataset, settings)
    small = tfprune.strip(model, data=dataset.x_test[:500])
    figures = {
        "error_percent": error_percent(small, dataset),
        "inputs": num_open(model, "inputs"),
        "fc1": small.get_layer("fc1").units,
        "fc2": small.get_layer("fc2").units,
    }
    # With new gates, all of them open.
    dense = tfprune.strip(perceptron(settings))
    return Outcome(figures, {"dense": dense, "small": small})


@EXPERIMENTS.register("l0_mlp")
def l0_mlp() -> Experiment:
    """Louizos et al. 2018, table 1, in a fifth of the epochs."""
    return Experiment(
        claim="L0 gates on LeNet-300-100, MNIST (paper: 219-214-100 at 1.4%)",
        dataset="mnist",
        settings=SETTINGS,
        run=run,
        at_most={"error_percent": 1.8, "inputs": 270, "fc1": 210, "fc2": 100},
        paper={"error_percent": 1.4, "inputs": 219, "fc1": 214, "fc2": 100},
    )
