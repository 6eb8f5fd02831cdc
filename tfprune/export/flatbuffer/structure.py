"""Whether bytes have the form of a flatbuffer of the TFLite schema."""

import struct
from typing import NoReturn

from tfprune.export.flatbuffer.layout import (
    Field,
    Kind,
    fields_of,
    union_members,
)

# No converter comes near, and every table costs time and memory.
MAX_TABLES = 500_000
# Bytes of a small file may be read this often through shared vectors.
FREE_BYTES = 1 << 20
MAX_OFFSET = 2**31 - 1

OFFSET = struct.Struct("<I")
SIGNED_OFFSET = struct.Struct("<i")
SHORT = struct.Struct("<H")


class StructureError(ValueError):
    """The bytes are no flatbuffer of the schema; the text says where."""


class Structure:
    """The tables of a flatbuffer, checked before they are read.

    Whoever unpacks a flatbuffer follows offsets and trusts lengths. A damaged
    one may point outside of the file, or at one vector from a million places;
    after `verify` neither is so, and the cost of unpacking is bounded by the
    size of the file.

    Args:
        content: The bytes of a file.

    Example:

    ```python
    Structure(content).verify()
    ```
    """

    def __init__(self, content: bytes | bytearray) -> None:
        self.content = content
        self.size = len(content)
        self.num_tables = 0
        self.bytes_left = 2 * self.size + FREE_BYTES

    def verify(self) -> None:
        """Walks all tables from the root.

        Raises:
            StructureError: At the first place that is wrong.
        """
        self.verify_table("Model", self.target(0, "the root"))

    def verify_table(self, name: str, position: int) -> None:
        """Walks a table and whatever it refers to."""
        self.num_tables += 1
        if self.num_tables > MAX_TABLES:
            raise StructureError(f"more than {MAX_TABLES:,} tables")
        offsets = self.field_offsets(name, position)
        fields = fields_of(name)
        known = fields[-1].slot + 1 if fields else 0
        if any(offsets[known:]):
            raise StructureError(
                f"{name} at byte {position:,} has fields that the installed "
                "LiteRT does not know"
            )
        for field in fields:
            if field.slot < len(offsets) and offsets[field.slot]:
                place = position + offsets[field.slot]
                is_number = field.kind is Kind.NUMBER
                width = field.width if is_number else OFFSET.size
                self.check_range(place, width, name, field)
                if not is_number:
                    self.verify_field(name, field, position, place)

    def field_offsets(self, name: str, position: int) -> tuple[int, ...]:
        """Distances of the fields from the start of their table, by slot.

        A field that is left out has the distance 0.
        """
        self.check_range(position, 4, name)
        table = position - SIGNED_OFFSET.unpack_from(self.content, position)[0]
        if table < 0 or table % 2 or table + 4 > self.size:
            self.fail(name, position)
        size = SHORT.unpack_from(self.content, table)[0]
        if size < 4 or size % 2 or table + size > self.size:
            self.fail(name, position)
        count = size // 2 - 2
        return struct.unpack_from(f"<{count}H", self.content, table + 4)

    def verify_field(
        self, name: str, field: Field, position: int, place: int
    ) -> None:
        """Checks what the offset at `place` refers to."""
        if field.kind is Kind.UNION:
            member = self.union_member(name, field, position)
            if member is not None:
                self.verify_table(member, self.target(place, field.name))
            return
        target = self.target(place, field.name)
        if field.kind is Kind.TABLE:
            self.verify_table(field.table, target)
            return
        self.check_range(target, 4, name, field)
        length = OFFSET.unpack_from(self.content, target)[0]
        is_text = field.kind is Kind.TEXT
        start, num_bytes = target + 4, length * (1 if is_text else field.width)
        end = start + num_bytes
        # The numbers themselves need no visit, and are not copied. A text
        # ends in a zero that its length does not count.
        if end + is_text > self.size or (is_text and self.content[end]):
            self.fail(name, target, field)
        if is_text or field.width > 1:
            self.bytes_left -= num_bytes
            if self.bytes_left < 0:
                raise StructureError(
                    f"{name}.{field.name} is longer than the file"
                )
        if field.kind is Kind.TABLES:
            for place in range(start, end, 4):
                self.verify_table(field.table, self.target(place, field.name))

    def union_member(
        self, name: str, field: Field, position: int
    ) -> str | None:
        """The table that a union holds here; None where it holds nothing."""
        offset = self.field_offsets(name, position)[field.slot - 1]
        number = self.content[position + offset] if offset else 0
        members = union_members(field.table)
        if number and number not in members:
            raise StructureError(
                f"{name} at byte {position:,} has {field.name} of the type "
                f"{number}, which the installed LiteRT does not know"
            )
        return members.get(number)

    def target(self, place: int, what: str) -> int:
        """Where the offset at a place leads to."""
        if place + 4 > self.size:
            raise StructureError(f"{what} begins after the end of the file")
        offset = OFFSET.unpack_from(self.content, place)[0]
        if not 0 < offset <= MAX_OFFSET or place + offset + 4 > self.size:
            raise StructureError(
                f"{what}, named at byte {place:,}, lies outside of the file"
            )
        return place + offset

    def check_range(
        self, place: int, width: int, name: str, field: Field | None = None
    ) -> None:
        """Refuses a number that is not whole, or not aligned as it must."""
        if place % width or place + width > self.size:
            self.fail(name, place, field)

    def fail(
        self, name: str, place: int, field: Field | None = None
    ) -> NoReturn:
        """Says which table is damaged."""
        what = name if field is None else f"{name}.{field.name}"
        raise StructureError(f"{what} at byte {place:,} is broken")
