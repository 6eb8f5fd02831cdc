"""The buffers of a `.tflite` file while it is written."""

from typing import Any

import numpy as np

from tfprune.export.flatbuffer.schema import schema

# Custom operators on LiteRT 2 read constants in place and need this.
ALIGNMENT = 64


class BufferTable:
    """Gives every distinct array a buffer of the file.

    Tensors that hold the same array object share a buffer. Buffer 0 is empty:
    tensors that are computed refer to it.
    """

    def __init__(self) -> None:
        self.packed: list[Any] = [schema.BufferT()]
        self.num_bytes = 0
        # The arrays are held so that no other object takes over their id.
        self._known: dict[int, tuple[int, np.ndarray]] = {}

    def add(self, data: np.ndarray | None) -> int:
        """Position of the buffer with this uint8 array; 0 for None."""
        if data is None or not data.size:
            return 0
        if id(data) not in self._known:
            buffer = schema.BufferT()
            buffer.data = np.ascontiguousarray(data, np.uint8)
            self._known[id(data)] = (len(self.packed), data)
            self.packed.append(buffer)
            self.num_bytes += data.size + ALIGNMENT
        return self._known[id(data)][0]
