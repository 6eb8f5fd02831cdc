"""How fast the kernels of a layer learn."""

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.quantizers.straight_through import straight_through

Tensor = Any
Multiplier: TypeAlias = float | str | Mapping[str, float]


class KernelRates:
    """The factors that the learning rates of some kernels are multiplied by.

    A variable holds its kernel divided by the factor, but has the kernel's own
    gradient. So any optimizer moves the kernel as with its learning rate times
    the factor, Adam and SGD alike, and a constraint comes after that.

    Args:
        value: A number for all kernels, numbers by their names, or `"glorot"`
            for what BinaryConnect uses: `sqrt((fan_in + fan_out) / 1.5)`.
        owner: Class of the layer, for messages.

    Raises:
        InvalidInputError: When it is neither.
    """

    def __init__(self, value: Multiplier, owner: str) -> None:
        numbers = value.values() if isinstance(value, Mapping) else [value]
        for number in numbers:
            fits = isinstance(number, int | float) and 0 < number < math.inf
            if not fits and value != "glorot":
                raise InvalidInputError(
                    f"Expected learning_rate_multiplier of {owner} to be a "
                    "finite number > 0, or 'glorot'. Received: "
                    f"learning_rate_multiplier={value!r}."
                )
        self.value = value
        self._factors: dict[str, float] = {}

    def of(self, name: str) -> float:
        """The factor of a kernel that was made."""
        return self._factors.get(name, 1.0)

    def settle(self, name: str, shape: tuple[int, ...]) -> float:
        """Finds the factor of a kernel that is being made.

        Args:
            name: Name of the kernel.
            shape: Its shape, inputs and units last.
        """
        if isinstance(self.value, Mapping):
            factor = float(self.value.get(name, 1.0))
        elif isinstance(self.value, str):
            fans = math.prod(shape[:-2]) * (shape[-1] + shape[-2])
            factor = math.sqrt(fans / 1.5)
        else:
            factor = float(self.value)
        self._factors[name] = factor
        return factor

    def config(self) -> Multiplier:
        """What makes the same factors for a layer of other sizes."""
        # A smaller copy of the layer has other fans, but weights that are
        # divided by the factors of this one.
        settled = isinstance(self.value, str) and self._factors
        return dict(self._factors) if settled else self.value


def kernel_of(variable: Tensor, factor: float) -> Tensor:
    """The kernel that a variable stands for; its slope is one."""
    value = ops.convert_to_tensor(variable)
    return value if factor == 1 else straight_through(factor * value, value)
