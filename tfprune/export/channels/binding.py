"""What a handler declares about one operator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tfprune.export.channels.ranges import Range
from tfprune.export.channels.value import Value
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.graph.channels import Ids, Mask

Kept: TypeAlias = Callable[[Ids], Mask]
"""From ids to which of them stay; constants always do."""

Rewrite: TypeAlias = Callable[[Kept], Mapping[int, Sequence[int]]]
"""From what stays to the new numbers of constant inputs, by position; it may
also change the operator's options."""

Absorb: TypeAlias = Callable[[np.ndarray], Tensor]
"""The bias with constant inputs in it, given what is stored in the channels
less the zero point: shape `(channels,)`, 0 where nothing is to be added."""


@dataclass(frozen=True, eq=False)
class OperandAxis:
    """One axis of one constant carries these channels.

    Attributes:
        position: Which input of the operator it is.
        axis: The axis, not negative.
        ids: One channel id for each position of the axis.
    """

    position: int
    axis: int
    ids: Ids


@dataclass(frozen=True, eq=False)
class Read:
    """An operator sums over channels.

    Attributes:
        source: Where they come from.
        ids: The channels that are summed over, shape `(channels,)`: the last
            axes of the source.
        rows: The channels that the sums go into, shape `(rows,)`.
        weighs: Bool array `(rows, channels)`: which of them have a weight
            other than zero.
        zero: Which of them are always zero, shape `(channels,)`.
        constant: Which of them are always the same.
        absorb: Takes constants into the bias; None where that is not exact.
        bias_position: Which input of the operator the bias is.
    """

    source: Value
    ids: Ids
    rows: Ids
    weighs: Mask
    zero: Mask
    constant: Mask
    absorb: Absorb | None
    bias_position: int


@dataclass(frozen=True, eq=False)
class Binding:
    """What a handler returns for one operator.

    Attributes:
        outputs: Ids and range of each output.
        axes: The axes of constants that carry channels.
        reads: The sums over channels.
        rewrite: Changes options, sizes and positions after a removal.
    """

    outputs: Sequence[tuple[Ids, Range]]
    axes: Sequence[OperandAxis] = ()
    reads: Sequence[Read] = ()
    rewrite: Rewrite | None = None
