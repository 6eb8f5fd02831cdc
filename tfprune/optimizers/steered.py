"""An optimizer whose penalties others steer while it is in use."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfprune.optimizers.limits import FREE
from tfprune.optimizers.optional_state import OptionalState
from tfprune.optimizers.wrapper import Wrapper


class Steered(Wrapper):
    """Base of wrappers that callbacks tell what to do with variables.

    All of it is state: it is saved, and read anew in each update. It does
    nothing by itself; a subclass acts on it.

    Args:
        inner_optimizer: The `keras.optimizers.Optimizer` that makes the
            updates, or its name.
        name: Name of the optimizer.

    Attributes:
        penalty_scale: float32 scalar variable that multiplies all penalties.
        limits: What updates may not do, see `limit`.
        factors: What multiplies single penalties, see `factor`.
        descents: What moves variables down, see `descent`.
        memory: float32 arrays that callbacks want to find again.
    """

    def __init__(
        self,
        inner_optimizer: keras.optimizers.Optimizer | str,
        name: str | None = None,
    ) -> None:
        super().__init__(inner_optimizer, name)
        self.penalty_scale = self.add_variable(
            shape=(),
            initializer="ones",
            dtype="float32",
            aggregation="only_first_replica",
            name="penalty_scale",
        )
        self.limits = OptionalState(self, "limit", "int8", FREE)
        self.factors = OptionalState(self, "factor", "float32", 1.0)
        self.descents = OptionalState(self, "descent", "float32", 0.0)
        self.memory = OptionalState(self, "memory", "float32", math.nan)

    def limit(
        self, variable: keras.Variable, shape: Sequence[int]
    ) -> keras.Variable:
        """Returns what limits updates of a variable; assign to it at will.

        Asked for the first time, it makes a variable that limits nothing; the
        train step has to be traced again then. So it has where limits are of
        another shape: the variable is made anew and holds the same limits.

        Args:
            variable: One of those that the optimizer was built with.
            shape: What the limits broadcast from, 1 along some axes; where
                there were others, those that they vary along too.

        Returns:
            int8 variable of -1 for weights that are zero after every update,
            1 for weights that the proximal step may not make zero, else 0.
        """
        key = str(self._get_variable_index(variable))
        present = self.limits.get(key)
        if present is None:
            return self.limits.make(key, shape)
        shape = np.broadcast_shapes(present.shape, tuple(shape))
        limit = self.limits.make(key, shape)
        if limit is not present:
            limit.assign(ops.broadcast_to(present, shape))
        return limit

    def limit_of(self, variable: keras.Variable) -> keras.Variable | None:
        """Returns what limits updates of a variable, none where nothing does.

        Args:
            variable: Any variable.
        """
        return self.limits.get(self._key(variable))

    def factor(self, variable: keras.Variable) -> keras.Variable:
        """Returns what multiplies the penalty of a variable; assign at will.

        It weighs the proximal step alone, beside `penalty_scale`. As with
        `limit`, the train step has to be traced again where it is new. A norm
        that spans several variables needs the same factor in all of them.

        Args:
            variable: One of those that the optimizer was built with.

        Returns:
            float32 scalar variable, 1 at first.
        """
        return self.factors.make(str(self._get_variable_index(variable)), ())

    def factor_of(self, variable: keras.Variable) -> keras.Variable | None:
        """Returns what multiplies the penalty of a variable, if anything does.

        Args:
            variable: Any variable.
        """
        return self.factors.get(self._key(variable))

    def descent(self, variable: keras.Variable) -> keras.Variable:
        """Returns what moves a variable down; assign to it at will.

        It is for variables that no penalty pulls at, such as the locations of
        gates: after each update free channels, see `limit`, go down by the
        length of the step times the first number. Those that are dropped stay
        at the second number, those that are kept do not fall below the third.

        Args:
            variable: One of those that the optimizer was built with.

        Returns:
            float32 variable of three numbers, all 0 at first. Limits of the
            variable's own shape come with it.
        """
        self.limit(variable, variable.shape)
        key = str(self._get_variable_index(variable))
        return self.descents.make(key, (3,))

    def descent_of(self, variable: keras.Variable) -> keras.Variable | None:
        """Returns what moves a variable down, if anything does.

        Args:
            variable: Any variable.
        """
        return self.descents.get(self._key(variable))

    def _key(self, variable: keras.Variable) -> str:
        indices = self._trainable_variables_indices
        return str(indices.get(self._var_key(variable)))

    @property
    def variables(self) -> list[keras.Variable]:
        """Own state, and that of the inner optimizer."""
        return [
            self.penalty_scale,
            *(y for x in self._optional for y in x.variables),
            *self.inner_optimizer.variables,
        ]

    @property
    def _optional(self) -> tuple[OptionalState, ...]:
        return self.limits, self.factors, self.descents, self.memory

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Saves own state: Keras saves the inner optimizer itself."""
        store["penalty_scale"] = ops.convert_to_numpy(self.penalty_scale)
        for state in self._optional:
            state.save(store)

    def load_own_variables(self, store: dict[str, Any]) -> None:
        """Loads own state: Keras loads the inner optimizer itself."""
        self.penalty_scale.assign(store["penalty_scale"])
        for state in self._optional:
            state.load(store)
