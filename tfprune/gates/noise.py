"""The noise that gates are drawn from."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from tfprune.gates.settings import as_whole

Tensor = Any

SMALLEST = 1e-6
"""Noise and probabilities keep this far from 0 and 1."""


SEED = "seed"
"""Name in a file of where a layer's draws have come to."""


class Drawing(keras.layers.Layer):
    """Base of the layers that draw: files and backups hold where they are.

    A subclass has a `seed_generator`.
    """

    seed_generator: keras.random.SeedGenerator

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Saves the weights, and what the next draw comes from."""
        super().save_own_variables(store)
        store[SEED] = ops.convert_to_numpy(self.seed_generator.state)

    def load_own_variables(self, store: dict[str, Any]) -> None:
        """Loads them; a file without the latter leaves it as it is."""
        super().load_own_variables(without_seed(store, self.seed_generator))


def without_seed(
    store: Mapping[str, Any], generator: keras.random.SeedGenerator
) -> dict[str, Any]:
    """Takes the state of a generator from a file; returns all else."""
    if SEED in store.keys():
        generator.state.assign(np.array(store[SEED]))
    return {x: store[x] for x in store.keys() if x != SEED}


@keras.saving.register_keras_serializable(package="tfprune")
class GateNoise(Drawing):
    """Draws what the calls of a shared gate have in common.

    Called on any tensor, it returns uniform noise in training, drawn anew for
    each batch.

    Args:
        channels: Number of channels of the gate, or more.
        per_example: Whether each example has noise of its own, for a gate
            that has `per_example=True`.
        seed: Seed of the draws.
        **kwargs: `name` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When `channels` is no whole number from 1 on.

    Example:

    ```python
    gate, noise = HardConcrete(1e-6), GateNoise(64)(inputs)
    x = keras.layers.Conv2D(64, 3, padding="same")(gate(x, noise))
    y = keras.layers.Conv2D(64, 3, padding="same")(gate(y, noise))
    ```
    """

    def __init__(
        self,
        channels: int,
        *,
        per_example: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.channels = as_whole(channels, "channels", type(self).__name__)
        self.per_example = bool(per_example)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Draws the noise; at inference it is zero, and nothing reads it.

        Returns:
            float32 `(1, channels)`, or `(batch, channels)` per example.
        """
        examples = ops.shape(inputs)[0] if self.per_example else 1
        shape = (examples, self.channels)
        if training:
            return uniform(shape, self.seed_generator)
        return ops.zeros(shape, "float32")

    def compute_output_spec(
        self, inputs: Any, training: bool = False
    ) -> keras.KerasTensor:
        """Returns the shape of the noise, which is float32 always."""
        examples = inputs.shape[0] if self.per_example else 1
        return keras.KerasTensor((examples, self.channels), "float32")

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            **super().get_config(),
            "channels": self.channels,
            "per_example": self.per_example,
            "seed": self.seed,
        }


def uniform(shape: tuple[Any, ...], seed: keras.random.SeedGenerator) -> Tensor:
    """Draws float32 numbers between 0 and 1."""
    return keras.random.uniform(
        shape, SMALLEST, 1 - SMALLEST, dtype="float32", seed=seed
    )
