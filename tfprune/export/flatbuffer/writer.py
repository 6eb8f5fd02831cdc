"""From a `FlatbufferModel` to the bytes of a `.tflite` file."""

from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.dependencies import require
from tfprune.export.flatbuffer.attachments import append_attachments
from tfprune.export.flatbuffer.buffer_table import ALIGNMENT, BufferTable
from tfprune.export.flatbuffer.content import IDENTIFIER
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.packer import (
    pack_code,
    pack_signature,
    pack_subgraph,
)
from tfprune.export.flatbuffer.schema import raw, schema

Builder: Any = require("flatbuffers").Builder

SCHEMA_VERSION = 3
# Offsets of a flatbuffer are signed 32-bit numbers.
MAX_BYTES = 2**31 - 1


class AlignedBuilder(Builder):
    """A builder that starts vectors of bytes at multiples of 64.

    The schema asks for 16; the generated Python code gives 4.
    """

    def StartVector(self, elemSize: int, numElems: int, alignment: int) -> int:
        """Starts a vector, aligned for the runtime when it holds bytes."""
        wanted = ALIGNMENT if elemSize == 1 else alignment
        return super().StartVector(elemSize, numElems, wanted)


def serialize(model: FlatbufferModel) -> bytes:
    """Makes the bytes of a `.tflite` file.

    Positions are given out anew: tensors keep the order of their lists,
    operator codes and buffers are shared where they are equal.

    Args:
        model: The model; it is not changed.

    Returns:
        The content of the file.

    Raises:
        InvalidInputError: When an operator or a signature holds a tensor that
            its subgraph does not list, or the file would exceed 2 GiB.

    Example:

    ```python
    model = read_tflite("model.tflite")
    model.metadata["licence"] = b"Apache-2.0"
    content = serialize(model)
    ```
    """
    buffers = BufferTable()
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
        raise InvalidInputError(
            f"The model holds {buffers.num_bytes:,} bytes of weights; a "
            ".tflite file takes 2 GiB. Quantize or prune it first."
        )
    # Growing copies everything so far: start with about the final size.
    builder = AlignedBuilder(buffers.num_bytes + 65536)
    builder.Finish(packed.Pack(builder), IDENTIFIER)
    content = bytes(builder.Output())
    return append_attachments(content, model.attachments)
