"""Weights and arrays that an operation takes as an argument."""

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from tfprune.graph.channels import CONSTANT, ChannelTensor


@dataclass(frozen=True, eq=False)
class Operand(ChannelTensor):
    """A weight, or a constant array, among the arguments of an operation.

    A handler registered with `operands=True` gets it as it is and binds its
    axes; for all others its channels lie on its last axis.

    Attributes:
        holder: The `keras.Variable` or array.
        name: What to call it in a `WeightAxis`.
    """

    holder: Any = field(default=None, repr=False)
    name: str = ""

    @classmethod
    def of(cls, holder: Any, name: str) -> "Operand":
        """The operand that stands for a variable or an array."""
        shape = tuple(holder.shape)
        return cls(np.full((1,) * len(shape), CONSTANT), shape, holder, name)

    @property
    def is_weight(self) -> bool:
        """Whether it is a variable, so that its channels may go."""
        return isinstance(self.holder, keras.Variable)

    @property
    def channel_axis(self) -> int | None:
        """Its last axis of more than one position; None if it has none."""
        long = [i for i, size in enumerate(self.full_shape) if size != 1]
        return long[-1] if long else None


def is_array(leaf: object) -> bool:
    """Whether an argument of a call holds numbers that no layer owns."""
    return isinstance(leaf, np.ndarray | keras.Variable) or keras.ops.is_tensor(
        leaf
    )
