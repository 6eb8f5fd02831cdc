"""An optimizer around another one, whose settings it shares."""

from collections.abc import Iterable, Sequence
from typing import Any

import keras

from tfprune.optimizers.inner import check_inner

Tensor = Any


class Wrapper(keras.optimizers.Optimizer):
    """Base of the optimizers that add something to the updates of another.

    Whatever is set or read of the wrapper is that of the optimizer inside. A
    subclass gives `build`, `apply`, `variables` and `get_config`.

    Args:
        inner_optimizer: The `keras.optimizers.Optimizer` that makes the
            updates, or its name.
        name: Name of the optimizer.

    Raises:
        InvalidInputError: When nothing can follow its updates.
    """

    def __init__(
        self,
        inner_optimizer: keras.optimizers.Optimizer | str,
        name: str | None = None,
    ) -> None:
        inner = check_inner(
            keras.optimizers.get(inner_optimizer), type(self).__name__
        )
        super().__init__(learning_rate=0.0, name=name)
        self.inner_optimizer = inner

    def apply_gradients(
        self, grads_and_vars: Iterable[tuple[Tensor | None, keras.Variable]]
    ) -> Tensor:
        """Makes one update from pairs and returns the number of updates."""
        grads, variables = zip(*grads_and_vars, strict=True)
        self.apply(grads, variables)
        return self.iterations

    def exclude_from_weight_decay(
        self,
        var_list: Sequence[keras.Variable] | None = None,
        var_names: Sequence[str] | None = None,
    ) -> None:
        """Keeps the weight decay of the inner optimizer off variables."""
        self.inner_optimizer.exclude_from_weight_decay(var_list, var_names)

    @property
    def iterations(self) -> keras.Variable:
        """Number of updates so far."""
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self) -> Any:
        """Learning rate of the inner optimizer; can be set."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        self.inner_optimizer.learning_rate = learning_rate

    @property
    def loss_scale_factor(self) -> float | None:
        """Constant loss scale of the inner optimizer; can be set."""
        return self.inner_optimizer.loss_scale_factor

    @loss_scale_factor.setter
    def loss_scale_factor(self, factor: float | None) -> None:
        # The base class sets none before there is an inner optimizer.
        if hasattr(self, "inner_optimizer"):
            self.inner_optimizer.loss_scale_factor = factor
