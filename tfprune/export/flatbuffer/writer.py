"""From a `FlatbufferModel` to the bytes of a `.tflite` file."""

from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.dependencies import require
from tfprune.export.flatbuffer.attachments import append_attachments
from tfprune.export.flatbuffer.buffer_table import BufferTable
from tfprune.export.flatbuffer.content import IDENTIFIER, MAX_BYTES
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.packer import (
    pack_code,
    pack_signature,
    pack_subgraph,
)
from tfprune.export.flatbuffer.schema import raw, schema

Builder: Any = require("flatbuffers").Builder

SCHEMA_VERSION = 3
# Custom operators on LiteRT 2 read constants in place and need this.
ALIGNMENT = 64
# What the schema asks for, and the page of a memory that is mapped.
LEAST_ALIGNMENT = 16
GREATEST_ALIGNMENT = 4096
START_SIZE = 65536


class AlignedBuilder(Builder):
    """A builder that starts vectors of bytes at multiples of 64.

    Settings of custom operators are read in place too; the generated Python
    code aligns them to 4.
    """

    def StartVector(self, elemSize: int, numElems: int, alignment: int) -> int:
        """Starts a vector, aligned for the runtime when it holds bytes."""
        wanted = ALIGNMENT if elemSize == 1 else alignment
        return super().StartVector(elemSize, numElems, wanted)


def serialize(model: FlatbufferModel, *, alignment: int = ALIGNMENT) -> bytes:
    """Makes the bytes of a `.tflite` file.

    Positions are given out anew: tensors keep the order of their lists,
    operator codes and buffers are shared where they are equal.

    Args:
        model: The model; it is not changed.
        alignment: Bytes of which the start of each constant is a multiple:
            a power of 2 from 16 on, which the schema asks for.

    Returns:
        The content of the file.

    Raises:
        InvalidInputError: When an operator or a signature holds a tensor that
            its subgraph does not list, the installed schema does not know
            an operator or a type, the alignment is none, or the file would
            exceed 2 GiB.

    Example:

    ```python
    model = read_tflite("model.tflite")
    model.metadata["licence"] = b"Apache-2.0"
    content = serialize(model)
    ```
    """
    if not LEAST_ALIGNMENT <= alignment <= GREATEST_ALIGNMENT or alignment & (
        alignment - 1
    ):
        raise InvalidInputError(
            f"Expected `alignment` to be a power of 2 from {LEAST_ALIGNMENT} "
            f"to {GREATEST_ALIGNMENT}. Received: {alignment}."
        )
    buffers = BufferTable(alignment)
    codes: list[tuple[str, bool, int]] = []
    packed = schema.ModelT()
    packed.version = SCHEMA_VERSION
    packed.description = raw(model.description)
    packed.subgraphs = [
        pack_subgraph(subgraph, codes, buffers) for subgraph in model.subgraphs
    ]
    packed.operatorCodes = [pack_code(*code) for code in codes]
    packed.signatureDefs = [
        pack_signature(signature, model) for signature in model.signatures
    ]
    packed.metadata = []
    for name, content in model.metadata.items():
        entry = schema.MetadataT()
        entry.name = raw(name)
        entry.buffer = buffers.add(np.frombuffer(content, np.uint8))
        packed.metadata.append(entry)
    packed.buffers = buffers.packed
    if buffers.num_bytes > MAX_BYTES:
        # Before anything of that size is allocated.
        raise too_large(buffers.num_bytes)
    builder = AlignedBuilder(START_SIZE)
    builder.Finish(packed.Pack(builder), IDENTIFIER)
    content = buffers.join(builder.Output())
    if len(content) > MAX_BYTES:
        raise too_large(len(content))
    return append_attachments(content, model.attachments)


def too_large(num_bytes: int) -> InvalidInputError:
    """The error for a model whose positions would not fit the schema."""
    return InvalidInputError(
        f"The model takes {num_bytes:,} bytes; a .tflite file holds less than "
        "2 GiB. Quantize or prune it first."
    )
