"""The buffers of a `.tflite` file while it is written."""

from typing import Any

import numpy as np

from tfprune.export.flatbuffer.layout import fields_of
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.structure import OFFSET, Structure


class BufferTable:
    """Gives every distinct array a buffer of the file.

    Tensors that hold the same array object share a buffer. Buffer 0 is empty:
    tensors that are computed refer to it. The arrays stand behind all else in
    the file: a flatbuffer builder would copy each of them several times.

    Args:
        alignment: Bytes of which the start of each array is a multiple.
    """

    def __init__(self, alignment: int) -> None:
        self.packed: list[Any] = [schema.BufferT()]
        self.num_bytes = 0
        self._alignment = alignment
        self._arrays: list[np.ndarray] = []
        # The arrays are held so that no other object takes over their id.
        self._known: dict[int, tuple[int, np.ndarray]] = {}

    def add(self, data: np.ndarray | None) -> int:
        """Position of the buffer with this uint8 array; 0 for None."""
        if data is None:
            return 0
        if id(data) not in self._known:
            buffer = schema.BufferT()
            # Four bytes of length, none of data: `join` names another place.
            buffer.data = np.zeros(0, "u4")
            self._known[id(data)] = (len(self.packed), data)
            self.packed.append(buffer)
            self._arrays.append(data)
            self.num_bytes += data.size + self._alignment
        return self._known[id(data)][0]

    def join(self, head: bytearray) -> bytes:
        """Puts the arrays behind a flatbuffer that holds the packed buffers.

        Args:
            head: The flatbuffer; its offsets to the arrays are set.
        """
        parts: list[Any] = [head]
        end = len(head)
        for place, array in zip(data_places(head), self._arrays, strict=True):
            if not array.size:
                continue
            # The length stands before the array, and the array is aligned.
            start = -(-(end + OFFSET.size) // self._alignment)
            start *= self._alignment
            parts.append(bytes(start - OFFSET.size - end))
            parts.append(OFFSET.pack(array.size))
            parts.append(np.ascontiguousarray(array, np.uint8).data)
            OFFSET.pack_into(head, place, start - OFFSET.size - place)
            end = start + array.size
        return b"".join(parts)


def data_places(content: bytearray) -> list[int]:
    """Where the offsets of the data of the buffers lie, but of the first."""
    structure = Structure(content)
    model = structure.target(0, "the root")
    place = slot_place(structure, model, "Model", "Buffers")
    vector = structure.target(place, "the buffers")
    count = OFFSET.unpack_from(content, vector)[0]
    places = range(vector + 8, vector + 4 + 4 * count, 4)
    return [
        slot_place(structure, structure.target(x, "a buffer"), "Buffer", "Data")
        for x in places
    ]


def slot_place(
    structure: Structure, position: int, table: str, name: str
) -> int:
    """Where a field of the table at a position lies."""
    slot = next(x.slot for x in fields_of(table) if x.name == name)
    return position + structure.field_offsets(table, position)[slot]
