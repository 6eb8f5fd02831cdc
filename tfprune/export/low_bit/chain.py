"""What lies between a layer and the sign of its outputs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.low_bit.real_constant import real_numbers
from tfprune.export.low_bit.signs import Sign, is_clipped
from tfprune.export.low_bit.weighing import bias_of

Numbers = NDArray[np.float32]
ARITHMETIC = frozenset({"ADD", "MUL"})
# What a growing function may change places with.
PASSED = frozenset({"MAX_POOL_2D", "RESHAPE"})


@dataclass(frozen=True, eq=False)
class Chain:
    """A layer whose outputs are only asked for their sign.

    Attributes:
        layer: The operator that weighs the inputs.
        steps: The operators between it and the comparison, in order, each
            with what it adds or multiplies by; None where it only moves.
        sign: The sign.
        bias: The bias of the layer, float32 `(channels,)`; None without.
    """

    layer: Operator
    steps: tuple[tuple[Operator, Numbers | None], ...]
    sign: Sign
    bias: Numbers | None

    @property
    def num_channels(self) -> int:
        """How many channels the layer puts out."""
        return self.layer.outputs[0].shape[-1]

    @property
    def between(self) -> list[Operator]:
        """The operators between the layer and the comparison."""
        return [operator for operator, _ in self.steps]

    @property
    def moves(self) -> list[Operator]:
        """The operators between that do not compute."""
        return [operator for operator, numbers in self.steps if numbers is None]

    def directions(self, end: Operator | None = None) -> NDArray[np.int64]:
        """For each channel -1 where a value falls as the sum grows, else 1.

        Args:
            end: The operator that reads the value; by default the comparison.
        """
        found = np.ones(self.num_channels, np.int64)
        for operator, numbers in self.steps:
            if operator is end:
                break
            if operator.name == "MUL" and numbers is not None:
                found = np.where(numbers < 0, -found, found)
        return found

    def is_positive(self, sums: Numbers, scales: Numbers) -> NDArray[np.bool_]:
        """Computes the sign as the float operators do.

        Args:
            sums: One sum of whole weights for each channel.
            scales: What the whole weights are multiplied by.
        """
        values = np.asarray(sums, "f4") * scales
        if self.bias is not None:
            values = values + self.bias
        for operator, numbers in self.steps:
            if numbers is not None:
                is_product = operator.name == "MUL"
                values = values * numbers if is_product else values + numbers
        return values >= 0


def chain_of(
    layer: Operator, wiring: Wiring, signs: dict[Operator, Sign]
) -> Chain | None:
    """The chain that begins with a layer; None where there is none.

    Args:
        layer: An operator that weighs its inputs.
        wiring: Who reads what.
        signs: The signs, by their comparisons.
    """
    bias = bias_of(layer)
    shift = real_numbers(bias)
    channels = layer.outputs[0].shape[-1]
    if bias is not None and (shift is None or shift.size != channels):
        return None
    steps: list[tuple[Operator, Numbers | None]] = []
    operator = layer
    while not is_clipped(operator):
        result = operator.outputs[0]
        users = wiring.consumers(result)
        if len(users) != 1 or wiring.is_output(result):
            return None
        operator = users[0]
        if operator in signs:
            if result.shape[-1:] != (channels,):
                return None
            shift = None if shift is None else shift.reshape(-1)
            return Chain(layer, tuple(steps), signs[operator], shift)
        numbers = None
        if operator.name in ARITHMETIC and not operator.is_custom:
            numbers = along_channels(operator, result, channels)
            if numbers is None:
                return None
        elif not is_passed(operator, result, channels):
            return None
        steps.append((operator, numbers))
    return None


def is_passed(operator: Operator, source: Tensor, channels: int) -> bool:
    """Whether thresholds of the channels hold behind an operator, too."""
    if operator.name not in PASSED or operator.inputs[0] is not source:
        return False
    # Pooling picks among numbers of one channel only where that is an axis.
    return operator.name == "RESHAPE" or source.shape[-1:] == (channels,)


def along_channels(
    operator: Operator, source: Tensor, channels: int
) -> Numbers | None:
    """The constant that an operator adds to, or multiplies, each channel.

    Args:
        operator: The operator.
        source: What it is given besides.
        channels: How many channels there are.

    Returns:
        float32 `(channels,)`; None where it is of another form, or not finite.
    """
    others = [x for x in operator.inputs if x is not source]
    numbers = real_numbers(others[0]) if len(others) == 1 else None
    if numbers is None or source.shape[-1:] != (channels,):
        return None
    fits = numbers.size == 1 or (
        numbers.size == channels and numbers.shape[-1] == channels
    )
    if not fits or not np.isfinite(numbers).all():
        return None
    return np.broadcast_to(numbers.reshape(-1), (channels,))
