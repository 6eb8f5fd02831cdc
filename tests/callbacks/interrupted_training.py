"""A run that is stopped and goes on, beside one that is not.

Imports no backend by itself, so that a program can choose one first.
"""

import contextlib
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from tests.callbacks.controlled_training import fit
from tfprune.callbacks import BudgetController, SparsityHistory, UpdateCosts
from tfprune.gates import HardConcrete
from tfprune.optimizers import Proximal
from tfprune.regularizers import GroupLasso

EPOCHS, STOP = 5, 2


class Interrupt(keras.callbacks.Callback):
    """Is what a user does who has to leave."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == STOP:
            raise KeyboardInterrupt


def network() -> keras.Model:
    """Filters with a penalty, and units with gates that draw numbers."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 1))
    conv = layers.Conv2D(24, 3, kernel_regularizer=GroupLasso(1.0), name="conv")
    x = layers.GlobalAveragePooling2D()(layers.ReLU()(conv(inputs)))
    x = layers.Dense(32, activation="relu", name="hidden")(x)
    x = HardConcrete(1e-2, drop_rate=0.2, seed=0, name="gate")(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def run(
    folder: Path, name: str, first: list[Any], last: list[Any]
) -> tuple[list[dict[str, Any]], list[np.ndarray]]:
    """Trains; what the history has recorded, and the weights.

    Args:
        folder: Where the history is written.
        name: Of its file.
        first: Callbacks to put in front.
        last: Callbacks to put behind.
    """
    model = network()
    history = SparsityHistory(folder / f"{name}.jsonl")
    controller = BudgetController(macs=0.4, reach=0.8, verbose=0)
    fit(
        model,
        *first,
        UpdateCosts(),
        controller,
        history,
        *last,
        optimizer=Proximal(keras.optimizers.SGD(0.05, momentum=0.9)),
        epochs=EPOCHS,
        shuffle=False,
    )
    weights = [keras.ops.convert_to_numpy(x) for x in model.weights]
    return history.records, weights


def distances(folder: Path, backup_first: bool) -> dict[str, float]:
    """How far an interrupted run ends from one that was not interrupted.

    Args:
        folder: Where files go.
        backup_first: Whether the backup comes before the other callbacks.
    """
    backup = [keras.callbacks.BackupAndRestore(folder / "backup")]
    first, last = (backup, []) if backup_first else ([], backup)
    expected, whole = run(folder, "whole", [], [])
    with contextlib.suppress(KeyboardInterrupt):
        run(folder, "parts", first, [*last, Interrupt()])
    found, parts = run(folder, "parts", first, last)
    return {
        "epochs": float(len(found) - len(expected)),
        "scale_before": expected[STOP - 1]["penalty_scale"],
        "scale_after": expected[STOP]["penalty_scale"],
        "records": max(
            float(np.abs(np.subtract(numbers(x), numbers(y))).max())
            for x, y in zip(found, expected, strict=True)
        ),
        "weights": max(
            float(np.abs(x - y).max())
            for x, y in zip(parts, whole, strict=True)
            if x.dtype.kind == "f"
        ),
    }


def numbers(record: dict[str, Any]) -> list[float]:
    """All numbers of a record."""
    groups = [
        y for x in record["groups"].values() for y in (x["live"], *x["norms"])
    ]
    plain = [x for x in record.values() if not isinstance(x, dict)]
    return [*plain, *groups]
