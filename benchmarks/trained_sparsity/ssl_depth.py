"""Structured sparsity learning on the depth of a residual network."""

from collections.abc import Mapping
from typing import Any

import keras
from experiments import Experiment, Outcome, error_percent
from keras import layers

import tfprune
from tfprune.models.data import Dataset
from tfprune.regularizers import GroupLasso
from trained_sparsity.registry import EXPERIMENTS
from trained_sparsity.ssl import train

SETTINGS = {
    "strength": 0.02,
    "blocks": 6,
    "filters": 16,
    "learning_rate": 0.05,
    "momentum": 0.9,
    "batch_size": 128,
    "dense_epochs": 2,
    "sparse_epochs": 5,
    "fine_tuning_epochs": 3,
    "fine_tuning_rate": 0.02,
}


def network(settings: Mapping[str, Any]) -> keras.Model:
    """Blocks of two convolutions, the second penalized as a whole."""
    filters, strength = settings["filters"], settings["strength"]
    inputs = keras.Input((28, 28, 1))
    x = layers.Conv2D(filters, 3, strides=2, padding="same", name="stem")(
        inputs
    )
    # Else what goes into the blocks would shrink along with what they add.
    x = layers.BatchNormalization(scale=False)(layers.MaxPooling2D()(x))
    for block in range(settings["blocks"]):
        y = layers.BatchNormalization()(x)
        y = layers.Conv2D(
            filters, 3, padding="same", name=f"block_{block}_first"
        )(layers.ReLU()(y))
        y = layers.ReLU()(layers.BatchNormalization()(y))
        y = layers.Conv2D(
            filters,
            3,
            padding="same",
            use_bias=False,
            kernel_regularizer=GroupLasso(strength, structure="layer"),
            name=f"block_{block}_second",
        )(y)
        x = layers.Add()([x, y])
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Flatten()(layers.AveragePooling2D(2)(x))
    outputs = layers.Dense(10, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="ssl_depth")


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains the network without and with the penalty, and strips it."""
    errors, networks = [], {}
    for name, strength in (("dense", 0.0), ("small", settings["strength"])):
        keras.utils.set_random_seed(seed)
        model = network({**settings, "strength": strength})
        train(model, dataset, settings)
        networks[name] = tfprune.strip(model, data=dataset.x_test[:500])
        errors.append(error_percent(networks[name], dataset))
    names = {x.name for x in networks["small"].layers}
    blocks = range(settings["blocks"])
    figures = {
        "error_percent": errors[1],
        "dense_error_percent": errors[0],
        "error_increase": errors[1] - errors[0],
        "blocks_left": sum(f"block_{x}_second" in names for x in blocks),
    }
    return Outcome(figures, networks)


@EXPERIMENTS.register("ssl_depth")
def ssl_depth() -> Experiment:
    """Wen et al. 2016, table 4, in small: blocks go where a shortcut is."""
    return Experiment(
        claim="Residual blocks, Fashion-MNIST (paper: 20 to 14 layers)",
        dataset="fashion_mnist",
        settings=SETTINGS,
        run=run,
        at_most={"error_increase": 0.5, "blocks_left": 4},
    )
