"""How fast the kernels of a layer learn."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.number_checks import is_number
from tfprune.quantizers.straight_through import straight_through
from tfprune.registry import did_you_mean

Tensor = Any
Multiplier: TypeAlias = float | str | Mapping[str, float | str]

GLOROT = "glorot"


class KernelRates:
    """The factors that the learning rates of some kernels are multiplied by.

    A variable holds its kernel divided by the factor, but has the kernel's own
    gradient. So any optimizer moves the kernel as with its learning rate times
    the factor, Adam and SGD alike, and a constraint comes after that.

    Args:
        value: A number for all kernels, or `"glorot"` for what BinaryConnect
            uses: `sqrt((fan_in + fan_out) / 1.5)`; or these by the names of
            kernels.
        names: The names of the layer's kernels.
        owner: Class of the layer, for messages.

    Raises:
        InvalidInputError: When it is neither, or a name is not known.
    """

    def __init__(
        self, value: Multiplier, names: Iterable[str], owner: str
    ) -> None:
        known = tuple(names)
        given: Mapping[str, float | str] = (
            value if isinstance(value, Mapping) else dict.fromkeys(known, value)
        )
        for name, factor in given.items():
            if name not in known:
                raise InvalidInputError(
                    f"{owner} has no kernel '{name}'."
                    f"{did_you_mean(name, known)} Expected the names in "
                    f"learning_rate_multiplier to be of: {', '.join(known)}. "
                    f"Received: learning_rate_multiplier={value!r}."
                )
            if isinstance(factor, str):
                fits = factor == GLOROT
            else:
                fits = is_number(factor) and factor > 0
            if not fits:
                raise InvalidInputError(
                    f"Expected learning_rate_multiplier of {owner} to be a "
                    f"finite number > 0, '{GLOROT}', or a dict of these by "
                    "names of kernels. Received: learning_rate_multiplier="
                    f"{value!r}."
                )
        self.value = value
        self._given = {
            name: factor if isinstance(factor, str) else float(factor)
            for name, factor in given.items()
        }
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
        given = self._given.get(name, 1.0)
        if isinstance(given, str):
            fans = math.prod(shape[:-2]) * (shape[-1] + shape[-2])
            factor = math.sqrt(fans / 1.5)
        else:
            factor = given
        self._factors[name] = factor
        return factor

    def config(self) -> Multiplier:
        """What makes the same factors for a layer of other sizes."""
        # A smaller copy of the layer has other fans, but weights that are
        # divided by the factors of this one.
        if GLOROT in self._given.values() and self._factors:
            return dict(self._factors)
        if isinstance(self.value, Mapping):
            return dict(self._given)
        return self.value if isinstance(self.value, str) else float(self.value)


def kernel_of(variable: Tensor, factor: float) -> Tensor:
    """The kernel that a variable stands for; its slope is one."""
    value = ops.convert_to_tensor(variable)
    return value if factor == 1 else straight_through(factor * value, value)
