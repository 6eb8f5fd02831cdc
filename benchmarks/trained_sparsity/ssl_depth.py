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
from trained_sparsity.ssl import fine_tune, fit, updates_of

SETTINGS = {
    "strength": 0.2,
    "blocks": 6,
    "blocks_removed": 2,
    "filters": 16,
    "learning_rate": 0.05,
    "momentum": 0.9,
    "batch_size": 256,
    "dense_epochs": 2,
    "sparse_epochs": 6,
    "fine_tuning_epochs": 5,
    "fine_tuning_rate": 0.05,
}


def network(settings: Mapping[str, Any]) -> keras.Model:
    """Blocks of two convolutions, the second penalized as a whole."""
    filters = settings["filters"]
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
            kernel_regularizer=GroupLasso(1.0, structure="layer"),
            name=f"block_{block}_second",
        )(y)
        x = layers.Add()([x, y])
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Flatten()(layers.AveragePooling2D(2)(x))
    outputs = layers.Dense(10, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="ssl_depth")


def live_blocks(model: keras.Model, blocks: int) -> int:
    """How many blocks add something other than zero."""
    kernels = [
        model.get_layer(f"block_{x}_second").kernel for x in range(blocks)
    ]
    return sum(bool(keras.ops.any(x != 0)) for x in kernels)


class Growth(keras.callbacks.Callback):
    """Lets the penalty grow evenly until enough blocks are gone, and ends it.

    One strength from the start shrinks blocks alike, and takes none or all.
    While it grows, those that the loss misses least go first, and the others
    are worth more from then on.

    Args:
        settings: Of the experiment.
        updates: After how many it would have the full strength.
    """

    def __init__(self, settings: Mapping[str, Any], updates: int) -> None:
        super().__init__()
        self.settings, self.updates, self.done = settings, updates, 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.done += 1
        if self.done % 20 == 0:
            blocks = self.settings["blocks"]
            wanted = blocks - self.settings["blocks_removed"]
            grown = self.settings["strength"] * self.done / self.updates
            going = live_blocks(self.model, blocks) > wanted
            self.model.optimizer.penalty_scale.assign(grown if going else 0.0)


def trained(
    dataset: Dataset, settings: Mapping[str, Any], penalized: bool
) -> keras.Model:
    """Trains densely, then with the penalty if at all, then what is left."""
    model = network(settings)
    epochs = settings["sparse_epochs"]
    growth = Growth(settings, epochs * updates_of(dataset, settings))
    fit(model, dataset, settings, settings["dense_epochs"], penalty_scale=0.0)
    fit(
        model,
        dataset,
        settings,
        epochs,
        penalty_scale=0.0,
        fix_zeros=True,
        callbacks=[growth] if penalized else [],
    )
    fine_tune(model, dataset, settings)
    return tfprune.strip(model, data=dataset.x_test[:500])


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains the network without and with the penalty, and strips it."""
    errors, networks = [], {}
    for name in ("dense", "small"):
        keras.utils.set_random_seed(seed)
        networks[name] = trained(dataset, settings, name == "small")
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
