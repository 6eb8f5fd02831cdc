"""Norms of channels whose weights lie in several variables."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

import keras
import numpy as np
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.regularizers.norms import inverses, norms, shares, vanishes
from tfprune.regularizers.penalty import Penalty, Tensor
from tfprune.regularizers.strength import as_strength


@keras.saving.register_keras_serializable(package="tfprune")
class JointGroupLasso(Penalty):
    """One variable's part in `strength * sum_c |w_c|` over several variables.

    A channel that several layers produce, as those that a residual connection
    adds up, vanishes only when all of its weights do. So its norm is taken
    over all of them, and the proximal operator shortens them by one factor.
    Each variable carries one object of this class; those of the same group
    are told which variables they share it with by `tfprune.regularizers.link`.

    `tfprune.penalize_groups` makes these objects from the graph of a model.

    Args:
        strength: Number >= 0, the same in all parts of the group.
        group: What the parts of one group have in common, and no others in
            the model.
        members: Number of parts.
        width: Number of channels.
        axis: Axis of the variable that the channels lie on.
        channels: For each position of the axis the channel that it belongs
            to, -1 for none; the positions themselves when None.

    Raises:
        InvalidInputError: When a strength is out of range.
    """

    def __init__(
        self,
        strength: float,
        group: str,
        members: int,
        width: int,
        axis: int = -1,
        channels: Sequence[int] | None = None,
    ) -> None:
        self.strength = as_strength(strength, "JointGroupLasso")
        self.group = group
        self.members = members
        self.width = width
        self.axis = axis
        self.channels = None if channels is None else list(map(int, channels))
        self.linked: tuple[tuple[keras.Variable, JointGroupLasso], ...] = ()
        self.place = 0
        self.values: Mapping[int, Tensor] = {}

    def value(self, weights: Tensor) -> Tensor:
        """Computes the penalty of the whole group, at its first variable.

        The other parts return 0, so that a model's losses hold it once.
        """
        total = self.total(weights)
        if self.place:
            return ops.zeros((), dtype=weights.dtype)
        return self.strength * ops.sum(norms(total))

    def subgradient(self, weights: Tensor) -> Tensor:
        """Computes this variable's part of `strength * w_c / |w_c|`."""
        slopes = self.strength * inverses(self.total(weights))
        return weights * self.spread(slopes, weights, 0.0)

    def proximal(self, weights: Tensor, step: float | Tensor) -> Tensor:
        """Shortens this variable's part of each channel.

        The norms are those of the variables that it is linked to, as they are
        now, or as `among` says: take it for all of them before one changes.
        """
        cut = shares(self.total(weights), step * self.strength)
        return weights - weights * self.spread(cut, weights, 0.0)

    def alive(self, weights: Tensor) -> Tensor:
        """Tells channels that have a norm from those that count as zero."""
        alive = ops.logical_not(vanishes(self.total(weights)))
        return self.spread(alive, weights, True)

    def among(self, values: Mapping[int, Tensor]) -> "JointGroupLasso":
        """Returns a copy that takes other variables to hold given values."""
        found = copy(self)
        found.values = values
        return found

    def lengths(self, weights: Tensor) -> Tensor:
        """Returns the norm of each channel over all variables, `(width,)`."""
        return norms(self.total(weights))

    def total(self, weights: Tensor) -> Tensor:
        """Returns the squared norm of each channel over all variables.

        Args:
            weights: What this variable holds; the others are read.

        Returns:
            Tensor of shape `(width,)` and of the dtype of `weights`.
        """
        self.check_linked()
        total = self.squares(weights)
        for place, (variable, part) in enumerate(self.linked):
            if place != self.place:
                other = self.values.get(id(variable), variable)
                total = total + part.squares(ops.cast(other, weights.dtype))
        return total

    def squares(self, weights: Tensor) -> Tensor:
        """Returns what one variable adds to the squared norms, `(width,)`."""
        rank = len(weights.shape)
        others = tuple(x for x in range(rank) if x != self.axis % rank)
        each = ops.sum(ops.square(weights), axis=others)
        if self.channels is None:
            return each
        # What belongs to no channel falls behind the last one.
        places = np.array(self.channels, "int32") % (self.width + 1)
        summed = ops.segment_sum(each, places, num_segments=self.width + 1)
        return summed[: self.width]

    def spread(self, values: Tensor, weights: Tensor, other: Any) -> Tensor:
        """Gives each position the value of its channel.

        Args:
            values: Tensor of shape `(width,)`.
            weights: What the result broadcasts with.
            other: The value of positions that belong to no channel.
        """
        shape = [1] * len(weights.shape)
        shape[self.axis] = -1
        if self.channels is not None:
            rest = ops.full((1,), other, dtype=values.dtype)
            places = np.array(self.channels, "int32") % (self.width + 1)
            values = ops.take(ops.concatenate([values, rest]), places)
        return ops.reshape(values, shape)

    def check_linked(self) -> None:
        """Refuses a norm of which parts are not known or do not change.

        Raises:
            InvalidInputError: With what links them, or what is frozen.
        """
        if not self.linked and self.members > 1:
            raise InvalidInputError(
                f"The penalty on channel group '{self.group}' spans "
                f"{self.members} variables that are not linked. Call "
                "tfprune.regularizers.link(model) after loading or copying a "
                "model that is not compiled with tfprune.optimizers.Proximal."
            )
        frozen = [x.path for x, _ in self.linked if not x.trainable]
        if frozen:
            raise InvalidInputError(
                f"The penalty on channel group '{self.group}' needs "
                f"'{frozen[0]}', which is frozen. Make its layer trainable, "
                "or choose other layers in tfprune.penalize_groups."
            )

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments; what it is linked to is found again."""
        return {
            "strength": self.strength,
            "group": self.group,
            "members": self.members,
            "width": self.width,
            "axis": self.axis,
            "channels": self.channels,
        }
