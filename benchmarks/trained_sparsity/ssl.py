"""What the experiments with structured sparsity learning share."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from tfprune.models.data import Dataset
from tfprune.optimizers import Proximal


def train(
    model: keras.Model, dataset: Dataset, settings: Mapping[str, Any]
) -> None:
    """Trains densely, then with the penalties, then what they have left.

    In the last stage no penalty pulls any longer, and zeros stay zero. With
    `settling_epochs` zeros stay zero before that, while penalties pull.
    """
    fit(model, dataset, settings, settings["dense_epochs"], penalty_scale=0.0)
    fit(model, dataset, settings, settings["sparse_epochs"])
    settling = settings.get("settling_epochs", 0)
    if settling:
        # What single batches bring back from zero shows for a while; here it
        # stays away.
        fit(model, dataset, settings, settling, fix_zeros=True)
    fine_tune(model, dataset, settings)


def fine_tune(
    model: keras.Model, dataset: Dataset, settings: Mapping[str, Any]
) -> None:
    """Trains what is left: no penalty pulls, and zeros stay zero."""
    fit(
        model,
        dataset,
        settings,
        settings["fine_tuning_epochs"],
        learning_rate=settings["fine_tuning_rate"],
        penalty_scale=0.0,
        fix_zeros=True,
    )


def fit(
    model: keras.Model,
    dataset: Dataset,
    settings: Mapping[str, Any],
    epochs: int,
    *,
    learning_rate: float | None = None,
    penalty_scale: float = 1.0,
    fix_zeros: bool = False,
    callbacks: list[keras.callbacks.Callback] | None = None,
) -> None:
    """Trains for one stage, at a learning rate that falls to a hundredth.

    The first 70% of the updates have the full rate: sparsity comes late.
    """
    updates = epochs * updates_of(dataset, settings)
    rate = learning_rate or settings["learning_rate"]
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay(
        [int(0.7 * updates), int(0.9 * updates)], [rate, rate / 10, rate / 100]
    )
    sgd = keras.optimizers.SGD(schedule, momentum=settings["momentum"])
    optimizer = Proximal(sgd, fix_zeros=fix_zeros)
    optimizer.penalty_scale.assign(penalty_scale)
    model.compile(
        optimizer, "sparse_categorical_crossentropy", jit_compile=False
    )
    model.fit(
        dataset.x_train,
        dataset.y_train,
        batch_size=settings["batch_size"],
        epochs=epochs,
        callbacks=callbacks,
        verbose=2,
    )


def updates_of(dataset: Dataset, settings: Mapping[str, Any]) -> int:
    """Number of updates of an epoch."""
    return -(-len(dataset.x_train) // settings["batch_size"])


def column_norms(model: keras.Model, name: str) -> np.ndarray:
    """The norms of the columns of a lowered convolution."""
    kernel = keras.ops.convert_to_numpy(model.get_layer(name).kernel)
    return np.linalg.norm(kernel.reshape(-1, kernel.shape[-1]), axis=1)
