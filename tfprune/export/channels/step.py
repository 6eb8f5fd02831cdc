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
FLOATS = frozenset({"FLOAT32", "FLOAT16"})


@dataclass(frozen=True, eq=False)
class Step:
    """One operator with what flows into it.

    Attributes:
        operator: The operator.
        inputs: Its inputs: computed values, constants, and None where an
            optional one is left out.
        in_floats: Whether hybrid operators are taken for float ones.
    """

    operator: Operator
    inputs: Sequence[Input]
    in_floats: bool = False

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

    def is_hybrid(self, source: Value, weights: Operand) -> bool:
        """Whether the operator rounds float inputs, by the range of all.

        That is what runtimes do where they meet weights of scaled integers.
        """
        return (
            not self.in_floats
            and source.tensor.dtype in FLOATS
            and weights.holders[-1].dtype not in FLOATS
        )

    @property
    def values(self) -> list[Value]:
        """The computed inputs."""
        return [x for x in self.inputs if isinstance(x, Value)]
