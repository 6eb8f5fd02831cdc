"""What the experiments with L0 gates share."""

from collections.abc import Mapping
from typing import Any

import keras

from tfprune.gates import HardConcrete
from tfprune.models.data import Dataset


def gate(
    name: str, cost: int, settings: Mapping[str, Any], drop_rate: float = 0.5
) -> HardConcrete:
    """A gate whose channels cost so many weights."""
    return HardConcrete(
        settings["strength"] / settings["examples"],
        cost=cost,
        drop_rate=drop_rate,
        learning_rate_multiplier=settings["gate_learning_rate_multiplier"],
        name=name,
    )


def train(
    model: keras.Model, dataset: Dataset, settings: Mapping[str, Any]
) -> None:
    """Trains with Adam; moving averages of the weights are what is left."""
    model.compile(
        keras.optimizers.Adam(
            settings["learning_rate"],
            use_ema=True,
            ema_momentum=settings["average"],
        ),
        "sparse_categorical_crossentropy",
        jit_compile=False,
    )
    model.fit(
        dataset.x_train,
        dataset.y_train,
        batch_size=settings["batch_size"],
        epochs=settings["epochs"],
        verbose=2,
    )


def num_open(model: keras.Model, name: str) -> int:
    """How many channels a gate lets through."""
    return int((~model.get_layer(name).closed()).sum())
