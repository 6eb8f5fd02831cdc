"""Where the fields of the schema's tables lie in the bytes."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from tfprune.export.flatbuffer.schema import schema

# What the fields that refer to other tables refer to; the other fields that
# are neither numbers nor vectors of numbers are text.
TABLES = {
    ("Model", "OperatorCodes"): "OperatorCode",
    ("Model", "Subgraphs"): "SubGraph",
    ("Model", "Buffers"): "Buffer",
    ("Model", "Metadata"): "Metadata",
    ("Model", "SignatureDefs"): "SignatureDef",
    ("Model", "ExternalBufferGroups"): "ExternalBufferGroup",
    ("Model", "ExternalBuffers"): "ExternalBuffer",
    ("SubGraph", "Tensors"): "Tensor",
    ("SubGraph", "Operators"): "Operator",
    ("Tensor", "Quantization"): "QuantizationParameters",
    ("Tensor", "Sparsity"): "SparsityParameters",
    ("Tensor", "VariantTensors"): "VariantSubType",
    ("SparsityParameters", "DimMetadata"): "DimensionMetadata",
    ("SignatureDef", "Inputs"): "TensorMap",
    ("SignatureDef", "Outputs"): "TensorMap",
}
UNIONS = {
    ("QuantizationParameters", "Details"): "QuantizationDetails",
    ("DimensionMetadata", "ArraySegments"): "SparseIndexVector",
    ("DimensionMetadata", "ArrayIndices"): "SparseIndexVector",
    ("Operator", "BuiltinOptions"): "BuiltinOptions",
    ("Operator", "BuiltinOptions2"): "BuiltinOptions2",
}
WIDTHS = {
    "Bool": 1,
    "Int8": 1,
    "Uint8": 1,
    "Int16": 2,
    "Uint16": 2,
    "Int32": 4,
    "Uint32": 4,
    "Float32": 4,
    "Int64": 8,
    "Uint64": 8,
    "Float64": 8,
}


class Kind(Enum):
    """What a field holds."""

    NUMBER = auto()
    NUMBERS = auto()
    TEXT = auto()
    TABLE = auto()
    TABLES = auto()
    UNION = auto()


@dataclass(frozen=True)
class Field:
    """One field of a table of the schema.

    Args:
        name: Name in the schema's Python classes, such as `"Shape"`.
        slot: Its place in the table of offsets.
        kind: What it holds.
        width: Bytes of the number, or of each number of the vector.
        table: The table, or the union, that it refers to; else empty.
    """

    name: str
    slot: int
    kind: Kind
    width: int = 4
    table: str = ""


class CallRecorder:
    """Stands in for a builder, and keeps the last call and its arguments."""

    def __init__(self) -> None:
        self.method = ""
        self.arguments: tuple[Any, ...] = ()

    def __getattr__(self, name: str) -> Any:
        def record(*arguments: Any) -> None:
            self.method, self.arguments = name, arguments

        return record


@functools.cache
def fields_of(table: str) -> tuple[Field, ...]:
    """Returns the fields of a table, as the installed schema has them.

    The schema's Python code states slots and widths only in the functions
    that write the fields, so these are called with a recorder.

    Args:
        table: Name of the table, such as `"Tensor"`.

    Example:

    ```python
    [field.name for field in fields_of("Metadata")]     # ["Name", "Buffer"]
    ```
    """
    return tuple(sorted(read_fields(table), key=lambda field: field.slot))


def read_fields(table: str) -> Iterator[Field]:
    """Yields the fields of a table in the order of the schema's code."""
    prefix = f"{table}Add"
    for function in [name for name in vars(schema) if name.startswith(prefix)]:
        recorder = CallRecorder()
        getattr(schema, function)(recorder, 0)
        name, slot = function.removeprefix(prefix), recorder.arguments[0]
        number = recorder.method.removeprefix("Prepend").removesuffix("Slot")
        start_vector = getattr(schema, f"{table}Start{name}Vector", None)
        if number in WIDTHS:
            yield Field(name, slot, Kind.NUMBER, WIDTHS[number])
        elif (table, name) in UNIONS:
            yield Field(name, slot, Kind.UNION, table=UNIONS[table, name])
        elif (table, name) in TABLES:
            kind = Kind.TABLE if start_vector is None else Kind.TABLES
            yield Field(name, slot, kind, table=TABLES[table, name])
        elif start_vector is None:
            yield Field(name, slot, Kind.TEXT)
        else:
            start_vector(recorder, 0)
            yield Field(name, slot, Kind.NUMBERS, recorder.arguments[0])


@functools.cache
def union_members(union: str) -> dict[int, str]:
    """Returns the tables that a union may hold, by their numbers."""
    return {
        number: name
        for name, number in vars(getattr(schema, union)).items()
        if isinstance(number, int) and number
    }
