"""One operator with what flows into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tfprune.export.channels.operand import Operand
from tfprune.export.channels.value import Value
from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.graph.binding import UncoveredError

Input: TypeAlias = Value | Operand | None


@dataclass(frozen=True, eq=False)
class Step:
    """One operator with what flows into it.

    Attributes:
        operator: The operator.
        inputs: Its inputs: computed values, constants, and None where an
            optional one is left out.
    """

    operator: Operator
    inputs: Sequence[Input]

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.operator.outputs[0]

    def value(self, position: int) -> Value:
        """A computed input.

        Raises:
            UncoveredError: When it is a constant or missing.
        """
        found = self.inputs[position] if position < len(self.inputs) else None
        if not isinstance(found, Value):
            raise UncoveredError(f"its input {position} is not computed")
        return found

    def operand(self, position: int) -> Operand | None:
        """A constant input; None where it is left out.

        Raises:
            UncoveredError: When it is computed, or stored in a way that
                cannot be shortened.
        """
        found = self.inputs[position] if position < len(self.inputs) else None
        if isinstance(found, Value):
            raise UncoveredError(f"its input {position} is computed")
        if found is not None and not found.is_readable:
            raise UncoveredError(
                f"'{found.constant.name}' is stored sparse or in blocks"
            )
        return found

    def weights(self, position: int) -> Operand:
        """A constant input that must be there.

        Raises:
            UncoveredError: When it is not.
        """
        found = self.operand(position)
        if found is None:
            raise UncoveredError(f"its input {position} is missing")
        return found

    @property
    def values(self) -> list[Value]:
        """The computed inputs."""
        return [x for x in self.inputs if isinstance(x, Value)]
