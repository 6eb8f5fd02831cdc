"""The block of TensorFlow Lite metadata read back."""

from typing import Any

from tfprune.export.dependencies import require
from tfprune.export.description.metadata_table import (
    IDENTIFIER,
    KINDS,
    METADATA_NAME,
    NORMALIZATION_OPTIONS,
    TENSOR_AXIS_LABELS,
)
from tfprune.export.description.model_facts import ModelFacts
from tfprune.export.flatbuffer.model import FlatbufferModel


class TableView:
    """A table of a flatbuffer by the numbers of its fields.

    Args:
        content: The bytes.
        position: Where the table begins.
    """

    def __init__(self, content: bytes, position: int) -> None:
        self._table = require("flatbuffers.table").Table(content, position)
        self._types = require("flatbuffers.number_types")

    def offset(self, slot: int) -> int:
        """Where a field is; 0 where it is absent."""
        place = int(self._table.Offset(4 + 2 * slot))
        return place and place + int(self._table.Pos)

    def text(self, slot: int) -> str:
        """A string; empty where it is absent."""
        place = self.offset(slot)
        return self._table.String(place).decode("utf-8") if place else ""

    def number(self, slot: int) -> int:
        """A number of 8 bits; 0 where it is absent."""
        place = self.offset(slot)
        if not place:
            return 0
        return int(self._table.Get(self._types.Uint8Flags, place))

    def child(self, slot: int) -> "TableView | None":
        """A table; None where it is absent."""
        place = self.offset(slot)
        if not place:
            return None
        return self._at(int(self._table.Indirect(place)))

    def children(self, slot: int) -> "list[TableView]":
        """A vector of tables."""
        return [
            self._at(int(self._table.Indirect(place)))
            for place in self._elements(slot)
        ]

    def floats(self, slot: int) -> tuple[float, ...]:
        """A vector of float32."""
        return tuple(
            float(self._table.Get(self._types.Float32Flags, place))
            for place in self._elements(slot)
        )

    def _elements(self, slot: int) -> list[int]:
        place = self.offset(slot)
        if not place:
            return []
        relative = place - int(self._table.Pos)
        start = int(self._table.Vector(relative))
        length = int(self._table.VectorLen(relative))
        return [start + 4 * index for index in range(length)]

    def _at(self, position: int) -> "TableView":
        return TableView(self._table.Bytes, position)


def read_facts(model: FlatbufferModel) -> ModelFacts | None:
    """What a file tells an app developer.

    Args:
        model: A `.tflite` file that was read.

    Returns:
        The facts of the first input and the first output; None where the
        file has no such block.

    Example:

    ```python
    read_facts(read_tflite("model.tflite")).labels
    ```
    """
    content = model.metadata.get(METADATA_NAME, b"")
    if content[4:8] != IDENTIFIER:
        return None
    root = TableView(content, int.from_bytes(content[:4], "little"))
    subgraphs = root.children(3)
    inputs = subgraphs[0].children(2) if subgraphs else []
    outputs = subgraphs[0].children(3) if subgraphs else []
    mean, std = normalization_of(inputs[0]) if inputs else ((), ())
    return ModelFacts(
        name=root.text(0) or "model",
        version=root.text(2) or "1",
        labels=labels_of(outputs[0], model) if outputs else (),
        mean=mean,
        std=std,
        input_kind=kind_of(inputs[0]) if inputs else None,
    )


def kind_of(tensor: TableView) -> str | None:
    """The kind of an input."""
    content = tensor.child(3)
    return None if content is None else KINDS.get(content.number(0))


def normalization_of(
    tensor: TableView,
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of an input."""
    for unit in tensor.children(4):
        options = unit.child(1)
        if unit.number(0) == NORMALIZATION_OPTIONS and options is not None:
            return options.floats(0), options.floats(1)
    return (), ()


def labels_of(tensor: TableView, model: FlatbufferModel) -> tuple[str, ...]:
    """The labels of an output, from the file behind the model."""
    for file in tensor.children(6):
        if file.number(2) == TENSOR_AXIS_LABELS:
            found: Any = model.attachments.get(file.text(0), b"")
            return tuple(found.decode("utf-8").splitlines())
    return ()
