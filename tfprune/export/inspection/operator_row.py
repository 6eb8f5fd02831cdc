"""One operator of a `.tflite` file, in numbers."""

from dataclasses import dataclass

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.inspection.macs import count_macs


@dataclass(frozen=True)
class OperatorRow:
    """One operator of a file.

    Args:
        name: Name of the built-in, or the custom code.
        version: The version that a runtime must know.
        output: Name of its first output.
        output_shape: Shape of its first output.
        dtype: TFLite type of its first output, such as `"INT8"`.
        weight_bytes: Bytes of the constants that it reads.
        macs: Multiply-accumulates of one run; None where not counted.
    """

    name: str
    version: int
    output: str
    output_shape: tuple[int, ...]
    dtype: str
    weight_bytes: int
    macs: int | None


def describe_operator(operator: Operator) -> OperatorRow:
    """Counts the bytes and the multiply-accumulates of an operator."""
    first = operator.outputs[0] if operator.outputs else None
    return OperatorRow(
        name=operator.name,
        version=operator.version,
        output=first.name if first else "",
        output_shape=first.shape if first else (),
        dtype=first.dtype if first else "",
        weight_bytes=sum(x.num_bytes for x in operator.inputs if x),
        macs=count_macs(operator),
    )
