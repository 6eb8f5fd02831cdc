"""How the networks of these experiments are trained."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from tfprune.models.data import Dataset


def decaying_adam(
    dataset: Dataset, settings: Mapping[str, Any]
) -> keras.optimizers.Adam:
    """Adam whose rate falls from the first to the last, evenly in its log."""
    steps = -(-len(dataset.x_train) // settings["batch_size"])
    rate, last = settings["learning_rate"], settings["last_learning_rate"]
    return keras.optimizers.Adam(
        keras.optimizers.schedules.ExponentialDecay(
            rate, steps * settings["epochs"], last / rate
        )
    )


def fit_hinge(
    model: keras.Model, dataset: Dataset, settings: Mapping[str, Any]
) -> None:
    """Trains scores on a squared hinge loss, for targets of -1 and +1."""
    targets = np.full((len(dataset.y_train), dataset.num_classes), -1.0)
    targets[np.arange(len(targets)), dataset.y_train] = 1.0
    fit(model, dataset.x_train, targets, "squared_hinge", dataset, settings)


def fit_probabilities(
    model: keras.Model, dataset: Dataset, settings: Mapping[str, Any]
) -> None:
    """Trains probabilities on the cross-entropy."""
    loss = "sparse_categorical_crossentropy"
    fit(model, dataset.x_train, dataset.y_train, loss, dataset, settings)


def fit(
    model: keras.Model,
    inputs: Any,
    targets: Any,
    loss: str,
    dataset: Dataset,
    settings: Mapping[str, Any],
) -> None:
    """Compiles and trains."""
    optimizer = decaying_adam(dataset, settings)
    model.compile(optimizer, loss, jit_compile=False)
    model.fit(
        inputs,
        targets,
        batch_size=settings["batch_size"],
        epochs=settings["epochs"],
        verbose=2,
    )
