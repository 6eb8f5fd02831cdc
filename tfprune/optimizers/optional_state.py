"""State that an optimizer gets once somebody asks for it."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


class OptionalState:
    """Variables of one kind, by key, made when they are first asked for.

    They are saved by key and made again when a file that holds them is
    loaded, whether somebody has asked for them by then or not.

    Args:
        optimizer: Whose state they are.
        kind: What they are called, their key behind.
        dtype: Of all of them.
        initial: What they hold at first.
    """

    def __init__(
        self,
        optimizer: keras.optimizers.Optimizer,
        kind: str,
        dtype: str,
        initial: float,
    ) -> None:
        self._optimizer = optimizer
        self._kind = kind
        self._dtype = dtype
        self._initial = initial
        self._made: dict[str, keras.Variable] = {}

    def make(self, key: str, shape: Sequence[int]) -> keras.Variable:
        """Returns the variable of a key, a new one where there is none.

        One of another shape is of something else by now, and forgotten.

        Args:
            key: Any name.
            shape: What it is to have.
        """
        present = self._made.get(key)
        if present is None or tuple(present.shape) != tuple(shape):
            self._made[key] = self._optimizer.add_variable(
                shape=tuple(shape),
                initializer=keras.initializers.Constant(self._initial),
                dtype=self._dtype,
                aggregation="only_first_replica",
                name=f"{self._kind}_{key}",
            )
        return self._made[key]

    def get(self, key: str | None) -> keras.Variable | None:
        """Returns the variable of a key, none where there is none."""
        return None if key is None else self._made.get(key)

    def __len__(self) -> int:
        return len(self._made)

    @property
    def variables(self) -> list[keras.Variable]:
        """All of them, in the order in which they were made."""
        return list(self._made.values())

    def save(self, store: dict[str, Any]) -> None:
        """Puts what they hold into what becomes part of a file."""
        for key, variable in self._made.items():
            store[f"{self._kind}_{key}"] = ops.convert_to_numpy(variable)

    def load(self, store: dict[str, Any]) -> None:
        """Takes what `save` has put there; the others are as when made.

        So are those that were asked for in another shape since.
        """
        for variable in self._made.values():
            variable.assign(np.full(variable.shape, self._initial))
        for name in store.keys():
            before, _, key = name.partition(f"{self._kind}_")
            if not before and key:
                held = np.array(store[name])
                variable = self._made.get(key)
                if variable is None:
                    variable = self.make(key, held.shape)
                if tuple(variable.shape) == held.shape:
                    variable.assign(held)
