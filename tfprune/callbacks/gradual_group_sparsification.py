"""Sets the weakest groups to zero, more and more of them."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import keras
import numpy as np
from keras import ops

from tfprune.callbacks.proximal_of import proximal_of, proximal_or_none
from tfprune.errors import InvalidInputError
from tfprune.number_checks import is_count, is_number
from tfprune.regularizers import GroupPenalty, JointGroupLasso, Sum

Grouped: TypeAlias = GroupPenalty | JointGroupLasso


class GradualGroupSparsification(keras.callbacks.Callback):
    """Sets the weakest groups of weights to zero, a little more every time.

    Groups are those of the penalties that the weights carry, of strength 0 if
    nothing else is wanted of them; each weight is taken by itself. Every few
    updates the groups below a quantile of the current norms are zeroed, and
    the quantile rises until the sparsity that was asked for is reached. Zeros
    are for good: `tfprune.optimizers.Proximal` with `fix_zeros=True` keeps
    them, all else trains on. No strength has to be searched for.

    The state is in the weights and in the optimizer's count of updates, so
    training that was stopped goes on where it was. One group of each weight
    stays at least.

    Source: Lebedev and Lempitsky, "Fast ConvNets Using Group-wise Brain
    Damage", arXiv:1506.02515.

    Args:
        sparsity: Part of the groups that are zero at the end, from 0 to 1.
        end: Number of updates after which they are.
        begin: Number of updates before the first group goes.
        frequency: Number of updates from one quantile to the next.
        power: 1 for a sparsity that rises evenly, 3 for one that rises fast
            at first.

    Raises:
        InvalidInputError: When a number is out of its range; when training
            begins without `Proximal(fix_zeros=True)` or without groups; when
            a norm is not a number.

    Example:

    ```python
    layer = keras.layers.Conv2D(
        50, 5, kernel_regularizer=GroupLasso(0.0, structure="shape")
    )
    model.compile(Proximal(keras.optimizers.SGD(0.01), fix_zeros=True), loss)
    gradual = tfprune.callbacks.GradualGroupSparsification(0.9, end=2000)
    model.fit(x_train, y_train, epochs=6, callbacks=[gradual])
    ```
    """

    def __init__(
        self,
        sparsity: float,
        *,
        end: int,
        begin: int = 0,
        frequency: int = 100,
        power: float = 1.0,
    ) -> None:
        super().__init__()
        if not (is_number(sparsity) and 0 <= sparsity <= 1):
            raise InvalidInputError(
                "Expected sparsity to be a number from 0 to 1. Received: "
                f"sparsity={sparsity!r}."
            )
        if not (
            is_count(begin, 0)
            and is_count(end, begin + 1)
            and is_count(frequency)
            and is_number(power)
            and power > 0
        ):
            raise InvalidInputError(
                "Expected integers with 0 <= begin < end and frequency >= 1, "
                f"and power > 0. Received: begin={begin!r}, end={end!r}, "
                f"frequency={frequency!r}, power={power!r}."
            )
        self.sparsity = sparsity
        self.end = end
        self.begin = begin
        self.frequency = frequency
        self.power = power
        self._before_epoch = self._epoch = 0
        self._next: float = 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Refuses training in which zeros would not stay."""
        optimizer = proximal_or_none(self.model.optimizer)
        if optimizer is None or not optimizer.fix_zeros:
            raise InvalidInputError(
                "GradualGroupSparsification needs an optimizer that keeps "
                f"zeros. Received: {type(self.model.optimizer).__name__}. "
                "Compile with tfprune.optimizers.Proximal(optimizer, "
                "fix_zeros=True)."
            )
        if not list(grouped(self.model)):
            raise InvalidInputError(
                f"No weight of model '{self.model.name}' carries a penalty on "
                "groups. Give layers one, of strength 0 if it shall not "
                'shrink them: kernel_regularizer=GroupLasso(0.0, "shape").'
            )
        self._next = 0

    def on_epoch_begin(
        self, epoch: int, logs: Mapping[str, Any] | None = None
    ) -> None:
        """Reads how many updates were made before."""
        self._epoch = epoch
        optimizer = proximal_of(self.model.optimizer, type(self).__name__)
        self._before_epoch = int(ops.convert_to_numpy(optimizer.iterations))

    def on_train_batch_end(
        self, batch: int, logs: Mapping[str, Any] | None = None
    ) -> None:
        """Zeroes groups when the next quantile is due."""
        updates = self._before_epoch + batch + 1
        if updates >= self._next:
            due = (updates // self.frequency + 1) * self.frequency
            over = updates >= self.end
            self._next = math.inf if over else min(due, self.end)
            self.zero_weakest(self.target(updates))

    def target(self, updates: int) -> float:
        """Returns the part of the groups that is zero after some updates."""
        passed = (updates - self.begin) / (self.end - self.begin)
        left = 1 - min(max(passed, 0.0), 1.0)
        return self.sparsity * (1 - left**self.power)

    def zero_weakest(self, sparsity: float) -> None:
        """Zeroes that part of the groups of each weight, one left over.

        Args:
            sparsity: From 0 to 1.

        Raises:
            InvalidInputError: When a norm is not a number.
        """
        masks = []
        for variable, penalty in grouped(self.model):
            weights = ops.cast(variable, "float32")
            lengths = ops.convert_to_numpy(penalty.lengths(weights))
            if not np.isfinite(lengths).all():
                raise InvalidInputError(
                    f"Weight '{variable.path}' has groups whose norm is NaN or "
                    f"infinite in epoch {self._epoch + 1}: training has "
                    "diverged. Lower the learning rate."
                )
            stays = strongest(lengths, sparsity)
            mask = penalty.spread(ops.convert_to_tensor(stays), weights, True)
            masks.append((variable, mask))
        # All norms first: a group may span several variables.
        for variable, mask in masks:
            weights = ops.convert_to_tensor(variable)
            zeros = ops.zeros_like(weights)
            variable.assign(ops.where(mask, weights, zeros))


def strongest(lengths: np.ndarray, sparsity: float) -> np.ndarray:
    """Tells the groups that stay, of the shape of their lengths."""
    count = min(round(sparsity * lengths.size), lengths.size - 1)
    order = np.argsort(lengths, axis=None, kind="stable")
    stays = np.ones(lengths.size, bool)
    stays[order[:count]] = False
    return stays.reshape(lengths.shape)


def grouped(model: keras.Model) -> Iterator[tuple[Any, Grouped]]:
    """The trainable variables of a model with penalties on groups of them."""
    for variable in model.trainable_variables:
        penalty = variable.regularizer
        terms = penalty.penalties if isinstance(penalty, Sum) else [penalty]
        for term in terms:
            if isinstance(term, GroupPenalty | JointGroupLasso):
                yield variable, term
