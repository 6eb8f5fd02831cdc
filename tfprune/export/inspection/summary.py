"""What a `.tflite` file holds."""

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfprune.export.flatbuffer.reader import read_tflite
from tfprune.export.inspection.constant_count import (
    ConstantCount,
    count_constants,
)
from tfprune.export.inspection.operator_count import (
    OperatorCount,
    count_operators,
)
from tfprune.export.inspection.operator_row import (
    OperatorRow,
    describe_operator,
)
from tfprune.export.running.tensor_info import TensorInfo, render_ends
from tfprune.table import render_table


@dataclass(frozen=True)
class TfliteSummary:
    """A `.tflite` file, in numbers.

    Args:
        path: The file.
        num_bytes: Its size on disk.
        inputs: Its inputs, in order.
        outputs: Its outputs, in order.
        operators: Every operator of every subgraph, in order.
        operator_counts: How often each operator occurs, by version.
        constants: Constants by type, the largest share first.
        min_runtime: Oldest TensorFlow Lite that runs it, or None.
        signatures: Keys of its signatures.
        num_subgraphs: The model, and the bodies of loops and branches.
    """

    path: str
    num_bytes: int
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    operators: tuple[OperatorRow, ...]
    operator_counts: tuple[OperatorCount, ...]
    constants: tuple[ConstantCount, ...]
    min_runtime: str | None
    signatures: tuple[str, ...]
    num_subgraphs: int

    @property
    def macs(self) -> int:
        """Multiply-accumulates of a run; the body of a loop counts once."""
        return sum(operator.macs or 0 for operator in self.operators)

    @property
    def weight_bytes(self) -> int:
        """Bytes of all constants; shared buffers count once."""
        return sum(constant.num_bytes for constant in self.constants)

    def as_dict(self) -> dict[str, Any]:
        """The summary as dicts, lists, numbers and strings."""
        return json.loads(self.to_json())

    def to_json(self) -> str:
        """The summary as JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=2)

    def __str__(self) -> str:
        """The summary as text tables."""
        parts = [
            f"{self.path}: {self.num_bytes:,} bytes, {self.weight_bytes:,} of "
            f"weights, {self.macs:,} MACs",
            render_ends(self.inputs, self.outputs),
            render_table(
                "Operators",
                ["operator", "version", "output", "dtype", "bytes", "MACs"],
                [
                    (
                        row.name,
                        row.version,
                        row.output_shape,
                        row.dtype,
                        row.weight_bytes or None,
                        row.macs,
                    )
                    for row in self.operators
                ],
            ),
            render_table(
                "Constants",
                ["dtype", "tensors", "bytes"],
                [(x.dtype, x.count, x.num_bytes) for x in self.constants],
            ),
        ]
        return "\n\n".join(parts)


def inspect_tflite(path: str | os.PathLike[str]) -> TfliteSummary:
    """Reads what a `.tflite` file holds, from any converter.

    Args:
        path: The file.

    Returns:
        A `TfliteSummary`; printed, it is a table.

    Raises:
        InvalidInputError: When there is no such file, or it is not a whole
            TensorFlow Lite model.

    Example:

    ```python
    print(inspect_tflite("model.tflite"))
    ```
    """
    model = read_tflite(path)
    return TfliteSummary(
        path=os.fspath(path),
        num_bytes=Path(path).stat().st_size,
        inputs=tuple(map(TensorInfo.of, model.main.inputs)),
        outputs=tuple(map(TensorInfo.of, model.main.outputs)),
        operators=tuple(map(describe_operator, model.operators)),
        operator_counts=count_operators(model),
        constants=count_constants(model),
        min_runtime=model.min_runtime,
        signatures=tuple(item.key for item in model.signatures),
        num_subgraphs=len(model.subgraphs),
    )
