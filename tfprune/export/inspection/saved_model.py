"""What a SavedModel holds."""

import dataclasses
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.sources.saved_model import (
    FILES,
    INTERNAL,
    check_folder,
)
from tfprune.export.dependencies import require
from tfprune.export.error_line import error_line
from tfprune.export.quiet import quiet_native_logs
from tfprune.table import render_table

# What TensorFlow keeps beside the variables of a model.
BOOKKEEPING = ("_CHECKPOINTABLE_OBJECT_GRAPH", "save_counter")
SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"


@dataclass(frozen=True)
class SignatureEnd:
    """An input or an output of a signature.

    Args:
        signature: Key of the signature.
        end: `"input"` or `"output"`.
        name: Its name there.
        shape: Its shape; None for open sizes, or for an unknown rank.
        dtype: Name of the dtype.
    """

    signature: str
    end: str
    name: str
    shape: tuple[int | None, ...] | None
    dtype: str


@dataclass(frozen=True)
class StoredVariable:
    """A variable of a SavedModel.

    Args:
        name: Name in the checkpoint.
        shape: Its shape.
        dtype: Name of the dtype.
        num_bytes: Its bytes.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    num_bytes: int


@dataclass(frozen=True)
class SavedModelSummary:
    """A SavedModel, in numbers.

    Args:
        path: The folder.
        num_bytes: Size of its files.
        ends: Inputs and outputs of its signatures.
        operations: How often each operation occurs, the most frequent first.
        variables: Its variables, the largest first.
    """

    path: str
    num_bytes: int
    ends: tuple[SignatureEnd, ...]
    operations: tuple[tuple[str, int], ...]
    variables: tuple[StoredVariable, ...]

    @property
    def variable_bytes(self) -> int:
        """Bytes of all variables."""
        return sum(variable.num_bytes for variable in self.variables)

    def to_json(self) -> str:
        """The summary as JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=2)

    def __str__(self) -> str:
        """The summary as text tables."""
        parts = [
            f"{self.path}: {self.num_bytes:,} bytes, {self.variable_bytes:,} "
            f"of {len(self.variables)} variables",
            render_table(
                "Signatures",
                ["signature", "end", "name", "shape", "dtype"],
                [
                    (x.signature, x.end, x.name, x.shape, x.dtype)
                    for x in self.ends
                ],
            ),
            render_table("Operations", ["operation", "count"], self.operations),
            render_table(
                "Variables",
                ["variable", "shape", "dtype", "bytes"],
                [
                    (x.name, x.shape, x.dtype, x.num_bytes)
                    for x in self.variables
                ],
            ),
        ]
        return "\n\n".join(parts)


def inspect_saved_model(path: str | os.PathLike[str]) -> SavedModelSummary:
    """Reads what a SavedModel holds; nothing of it is run.

    Args:
        path: The folder.

    Returns:
        A `SavedModelSummary`; printed, it is a table.

    Raises:
        InvalidInputError: When the folder holds no whole SavedModel.

    Example:

    ```python
    print(inspect_saved_model("saved_model"))
    ```
    """
    folder = Path(path)
    check_folder(folder)
    graph = read_graph(folder)
    operations = Counter(
        node.op
        for nodes in (
            graph.graph_def.node,
            *(item.node_def for item in graph.graph_def.library.function),
        )
        for node in nodes
    )
    variables = sorted(
        read_variables(folder), key=lambda x: (-x.num_bytes, x.name)
    )
    return SavedModelSummary(
        path=os.fspath(path),
        num_bytes=sum(
            item.stat().st_size for item in folder.rglob("*") if item.is_file()
        ),
        ends=tuple(read_ends(graph)),
        operations=tuple(operations.most_common()),
        variables=tuple(variables),
    )


def read_graph(folder: Path) -> Any:
    """TensorFlow's description of the graph for serving.

    Raises:
        InvalidInputError: When it is damaged.
    """
    messages = require("tensorflow.core.protobuf.saved_model_pb2")
    formats = require("google.protobuf.text_format")
    errors = require("google.protobuf.message")
    saved = messages.SavedModel()
    try:
        if (folder / FILES[0]).is_file():
            saved.ParseFromString((folder / FILES[0]).read_bytes())
        else:
            formats.Parse((folder / FILES[1]).read_text("utf-8"), saved)
    except (errors.DecodeError, formats.ParseError, ValueError) as error:
        raise damaged(folder, error) from error
    if not saved.meta_graphs:
        raise damaged(folder, ValueError("it holds no graph"))
    return saved.meta_graphs[0]


def read_ends(graph: Any) -> Iterator[SignatureEnd]:
    """Yields the inputs and outputs of the signatures."""
    tensorflow = require("tensorflow")
    for key, signature in sorted(graph.signature_def.items()):
        if key.startswith(INTERNAL):
            continue
        for end, tensors in (
            ("input", signature.inputs),
            ("output", signature.outputs),
        ):
            for name, tensor in sorted(tensors.items()):
                known = not tensor.tensor_shape.unknown_rank
                sizes = (axis.size for axis in tensor.tensor_shape.dim)
                shape = tuple(None if x < 0 else x for x in sizes)
                yield SignatureEnd(
                    key,
                    end,
                    name,
                    shape if known else None,
                    type_name(tensorflow, tensor.dtype),
                )


def type_name(tensorflow: Any, number: int) -> str:
    """Name of a dtype by TensorFlow's number."""
    try:
        return str(tensorflow.dtypes.as_dtype(number).name)
    except TypeError:
        return f"type {number}"


def read_variables(folder: Path) -> Iterator[StoredVariable]:
    """Yields the variables.

    Raises:
        InvalidInputError: When the checkpoint is damaged.
    """
    tensorflow = require("tensorflow")
    prefix = folder / "variables" / "variables"
    # A model without variables has no such files.
    if not prefix.with_suffix(".index").is_file():
        return
    try:
        with quiet_native_logs():
            reader = tensorflow.train.load_checkpoint(str(prefix))
            shapes = reader.get_variable_to_shape_map()
            dtypes = reader.get_variable_to_dtype_map()
    except (
        OSError,
        RuntimeError,
        ValueError,
        tensorflow.errors.OpError,
    ) as error:
        raise damaged(folder, error) from error
    for name, shape in shapes.items():
        if name in BOOKKEEPING or name.startswith("save_counter/"):
            continue
        dtype = dtypes[name]
        sizes = tuple(map(int, shape))
        yield StoredVariable(
            name=name.removesuffix(SUFFIX),
            shape=sizes,
            dtype=str(dtype.name),
            num_bytes=int(np.prod(sizes, dtype="f8")) * dtype.size,
        )


def damaged(folder: Path, error: Exception) -> InvalidInputError:
    """The error for a folder whose files cannot be read."""
    return InvalidInputError(
        f"The SavedModel '{folder}' is damaged: {error_line(error)}. Copy or "
        "export it again."
    )
