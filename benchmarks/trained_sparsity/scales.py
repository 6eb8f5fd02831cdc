"""What the experiments with penalties on scales share."""

from collections.abc import Mapping
from typing import Any

import keras

from tfprune.models.data import Dataset


def fit(
    model: keras.Model,
    dataset: Dataset,
    optimizer: keras.optimizers.Optimizer,
    epochs: int,
    settings: Mapping[str, Any],
    *callbacks: keras.callbacks.Callback,
) -> None:
    """Compiles and trains on all images."""
    model.compile(
        optimizer, "sparse_categorical_crossentropy", jit_compile=False
    )
    model.fit(
        dataset.x_train,
        dataset.y_train,
        batch_size=settings["batch_size"],
        epochs=epochs,
        verbose=2,
        callbacks=list(callbacks),
    )


def decaying_sgd(
    dataset: Dataset, epochs: int, settings: Mapping[str, Any]
) -> keras.optimizers.SGD:
    """SGD with momentum whose rate falls to zero along a cosine."""
    steps = -(-len(dataset.x_train) // settings["batch_size"]) * epochs
    return keras.optimizers.SGD(
        keras.optimizers.schedules.CosineDecay(
            settings["learning_rate"], steps
        ),
        momentum=settings["momentum"],
    )
