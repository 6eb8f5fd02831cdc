"""Bytes that may be anything."""

import inspect
import struct

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.export.flatbuffer.mutations import MUTATIONS, damaged
from tests.export.flatbuffer.packed import edited, schema
from tests.export.flatbuffer.specimens import SPECIMENS
from tfprune.errors import InvalidInputError
from tfprune.export import inspect_tflite, serialize
from tfprune.export.flatbuffer.content import check_content, read_content
from tfprune.export.flatbuffer.layout import Kind, fields_of, union_members
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.structure import (
    MAX_TABLES,
    Structure,
    StructureError,
)

TABLES = [
    name[:-1]
    for name in vars(schema)
    if name.endswith("T") and name[:-1] in vars(schema)
]


def test_fields_are_those_of_the_schema():
    assert len(TABLES) > 150
    for table in TABLES:
        creator = getattr(schema, f"{table}T").__init__
        wanted = [x.lower() for x in inspect.signature(creator).parameters]
        found = [field.name.lower() for field in fields_of(table)]
        assert sorted(found) == sorted(x for x in wanted if x != "self")


def test_kinds_are_those_that_the_accessors_read():
    for table in TABLES:
        for field in fields_of(table):
            accessor = getattr(getattr(schema, table), field.name)
            names = set(accessor.__code__.co_names)
            assert ("String" in names) == (field.kind is Kind.TEXT)
            assert ("Union" in names) == (field.kind is Kind.UNION)
            referred = names & set(TABLES)
            expected = (
                {field.table}
                if field.kind in (Kind.TABLE, Kind.TABLES)
                else set()
            )
            assert referred == expected
            if field.kind is Kind.UNION:
                members = union_members(field.table).values()
                assert set(members) <= set(TABLES)


@pytest.mark.parametrize("name", SPECIMENS)
def test_whole_files_pass(specimen, name):
    Structure(specimen(name)).verify()
    check_content(specimen(name), source="m")


@pytest.mark.parametrize("name", SPECIMENS)
def test_every_cut_is_named(specimen, name):
    content = specimen(name)
    for size in range(8, len(content) - 64, len(content) // 40):
        with pytest.raises(InvalidInputError, match="damaged") as caught:
            parse_tflite(content[:size])
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", SPECIMENS)
def test_damage_is_harmless_or_named(specimen, name, tmp_path):
    path = tmp_path / "m.tflite"
    refused, kinds = 0, set()
    for seed in range(160):
        content, kind = damaged(specimen(name), seed)
        kinds.add(kind)
        path.write_bytes(content)
        try:
            str(inspect_tflite(path))
            serialize(parse_tflite(content))
        except InvalidInputError as error:
            assert "\n" not in str(error)
            refused += 1
    assert 40 < refused < 160
    assert len(kinds) == len(MUTATIONS)


def test_what_the_runtime_calls_invalid_is_refused(specimen):
    refused = 0
    for name in SPECIMENS:
        for seed in range(30):
            content, _ = damaged(specimen(name), seed)
            try:
                parse_tflite(content)
            except InvalidInputError:
                refused += 1
                continue
            try:
                Interpreter(model_content=content)
            except ValueError as error:
                assert "valid Flatbuffer" not in str(error)
    assert refused > 100


def metadata_bomb(entries: int, letters: int) -> bytes:
    """A file whose entries of metadata are all one table with a long name."""
    model = struct.pack("<I4s9H2x", 28, b"TFL3", 18, 8, *[0] * 6, 4)
    model += struct.pack("<iII", 20, 4, entries)
    table = len(model) + 4 * entries + 8
    places = np.arange(len(model), table - 8, 4)
    name = struct.pack("<I", letters) + b"x" * letters + b"\0"
    shared = struct.pack("<3Hxxi", 6, 8, 4, 8) + struct.pack("<I", 4) + name
    return model + (table - places).astype("<u4").tobytes() + shared


def test_many_references_to_one_table_are_refused():
    assert MAX_TABLES == 500_000
    with pytest.raises(StructureError, match="more than 500,000 tables"):
        Structure(metadata_bomb(MAX_TABLES, 0)).verify()
    Structure(metadata_bomb(1000, 10)).verify()


def test_vectors_that_are_shared_too_often_are_refused():
    content = metadata_bomb(1000, 10_000)
    with pytest.raises(StructureError, match="longer than the file"):
        Structure(content).verify()


def test_newer_fields_and_types_are_named(specimen):
    def renumber(model):
        model.subgraphs[0].operators[0].builtinOptionsType = 250
        model.subgraphs[0].operators[0].builtinOptions = schema.AddOptionsT()

    content = edited(specimen("several"), renumber)
    with pytest.raises(InvalidInputError, match="type 250, which the inst"):
        parse_tflite(content)


def test_endless_devices_are_refused():
    with pytest.raises(InvalidInputError, match="a device or a pipe"):
        read_content("/dev/zero")


def test_huge_foreign_files_are_not_read(tmp_path):
    path = tmp_path / "m.tflite"
    with path.open("wb") as file:
        file.write(b"\x1c\0\0\0TFL3")
        file.truncate(2**31)
    with pytest.raises(InvalidInputError, match="less than 2 GiB"):
        read_content(path)
