"""What a handler declares about one layer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tfprune.graph.channels import Ids, Mask

Role: TypeAlias = Literal["in", "out"]
Size: TypeAlias = Ids | tuple["int | Ids", ...]
Values: TypeAlias = NDArray[np.floating]
Weights: TypeAlias = Mapping[str, Values]


@dataclass(frozen=True)
class WeightAxis:
    """One axis of one weight carries these channels.

    Attributes:
        weight: Name of the layer's attribute that holds the variable; dots
            lead to parts of the layer (`"cell.kernel"`). An attribute that is
            None (`bias` under `use_bias=False`) is skipped.
        axis: Axis of the variable.
        ids: One channel id for each position of the axis.
        role: `"in"` where the layer sums over the channels, `"out"` where each
            position belongs to one channel.
    """

    weight: str
    axis: int
    ids: Ids
    role: Role


@dataclass(frozen=True)
class Constants:
    """What is known of an activation's values whatever the input.

    Attributes:
        known: Bool array in the layout of the tensor's ids: true where the
            channel is constant over examples and positions.
        values: The constants, zero where unknown.
    """

    known: Mask
    values: Values

    @classmethod
    def unknown(cls, shape: tuple[int, ...]) -> "Constants":
        """Nothing is known of a tensor whose ids have this shape."""
        return cls(np.zeros(shape, bool), np.zeros(shape))

    @classmethod
    def where(cls, known: Mask, values: Values) -> "Constants":
        """Drops the values that are not known, so that none leaks."""
        return cls(known, np.where(known, values, 0.0))


Flow: TypeAlias = Callable[[Sequence[Constants], Weights], Constants]
"""From the inputs' constants, and the layer's weights, to the output's."""


Idle: TypeAlias = Callable[[Sequence[Constants], Weights], Sequence[Mask]]
"""From the inputs' constants, and the layer's weights, to channels without
effect."""


@dataclass(frozen=True)
class Absorption:
    """How a layer takes constant input channels into its bias.

    Attributes:
        shift: Maps the constants of the summed-over channels, shape
            `(channels,)`, and the layer's weights to what they add to each
            output unit, shape `(units,)`.
        axis: The axis of the input that is summed over, without the batch.
        exact: False where padding makes the sum differ at the border.
        bias: Config entries that give the layer a bias when it has none.
    """

    shift: Callable[[Values, Weights], Values]
    axis: int
    exact: bool
    bias: Mapping[str, Any] = field(default_factory=lambda: {"use_bias": True})


@dataclass(frozen=True)
class Substitute:
    """What stands for a layer in a masked model.

    A layer that computes statistics over its channels must leave out those
    that are masked, which zeros alone do not do.

    Attributes:
        ids: The channels that it computes statistics over.
        make: From one bool for each of them, true where it stays, to the
            layer, with the same weights in the same order.
    """

    ids: Ids
    make: Callable[[Mask], Any]


@dataclass(frozen=True)
class Rescaling:
    """A weight that a removal multiplies, so that the function stays.

    Attributes:
        weight: Name of the layer's attribute, as in `WeightAxis`.
        ids: The channels that are counted.
        power: The factor is (channels kept / all channels) to this power.
    """

    weight: str
    ids: Ids
    power: float


@dataclass(frozen=True)
class Rewriting:
    """How the arguments of a call change once channels are gone.

    Attributes:
        ids: Every set of ids that is taken: something of each must stay.
        make: From a function that counts the kept ones of some ids to the
            new values of arguments, by position or name.
        indexed: The ids of every axis that is indexed by position: none of
            them may go where the numbers in a user's `call` cannot change.
    """

    ids: tuple[Ids, ...]
    make: Callable[[Callable[[Ids], int]], Mapping[int | str, Any]]
    indexed: tuple[Ids, ...] = ()


@dataclass(frozen=True)
class Scaling:
    """That all a layer does at inference is to multiply channels.

    Attributes:
        factors: From the layer's weights to a number from 0 on for each
            position of the axis.
        axis: The axis, without the batch.
        ids: The ids along the axis.
    """

    factors: Callable[[Weights], Values]
    axis: int
    ids: Ids


class UncoveredError(Exception):
    """A handler's word that it does not cover this use of its layer.

    The layer's inputs and outputs are then frozen, and the report says why.

    Args:
        reason: What the handler cannot follow.
        remedy: What the user can do about it, or an empty string.
    """

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True)
class Binding:
    """What a handler returns for one call of one layer.

    Attributes:
        output: Ids of the output (a tuple of them for several outputs), in
            the rank of the activation without its batch axis; missing leading
            axes are added.
        axes: The weight axes that carry channels. Every weight of the layer
            must be named here or in `fixed`, else its channels are frozen.
        sizes: Config entries that count channels: ids whose kept number is
            the new value, or a tuple of numbers and ids for a shape; dots
            lead into the configs of parts (`"cell.config.units"`).
        fixed: Names of weights that no channel changes.
        macs: For each kernel, how often each of its elements is multiplied
            for one example.
        products: Products of activations with each other: the sizes that
            multiply to their number for one example, ids in place of a size
            that they count.
        constants: How known constants pass through; None where they do not.
        absorption: How constant input channels become part of the bias; None
            where they cannot.
        needed: Ids whose channels matter even where no weight reads them, as
            those of a product of two activations do.
        idle: For each of `needed`, which of its channels add nothing to what
            is computed; None where that cannot be told.
        chained: Whether a channel is read only where all of its weights are
            non-zero, one after the other, as in a separable convolution.
        substitute: What computes the layer's statistics in a masked model.
        rescalings: Weights that a removal multiplies.
        rewriting: How the arguments of the call change; only for operations.
        alike: Ids that lose the same positions where the numbers in a user's
            `call` cannot change, in place of freezing what they count.
        scaling: What the layer multiplies its channels by, if that is all
            that it does at inference.
    """

    output: Ids | tuple[Ids, ...]
    axes: tuple[WeightAxis, ...] = ()
    sizes: Mapping[str, Size] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    macs: Mapping[str, int] = field(default_factory=dict)
    products: tuple[tuple["int | Ids", ...], ...] = ()
    constants: Flow | None = None
    absorption: Absorption | None = None
    needed: tuple[Ids, ...] = ()
    idle: Idle | None = None
    chained: bool = False
    substitute: Substitute | None = None
    rescalings: tuple[Rescaling, ...] = ()
    rewriting: Rewriting | None = None
    alike: tuple[Ids, ...] = ()
    scaling: Scaling | None = None

    def repeated(self, times: int) -> "Binding":
        """The same for a call that runs several times for one example."""
        if times == 1:
            return self
        return replace(
            self,
            macs={name: times * count for name, count in self.macs.items()},
            products=tuple((times, *sizes) for sizes in self.products),
        )
