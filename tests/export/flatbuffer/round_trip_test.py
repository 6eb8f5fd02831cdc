"""What is read and written unchanged stays the same."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.export.flatbuffer.packed import edited, tree
from tests.export.flatbuffer.specimens import SPECIMENS
from tests.export.networks import NETWORKS, TOO_COARSE
from tfprune.errors import InvalidInputError
from tfprune.export import MODES, FlatbufferModel, serialize
from tfprune.export.flatbuffer.model import Operator, Signature, Subgraph
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import BITS, Quantization, Tensor
from tfprune.export.inspection.dump import dump

TYPES = sorted(BITS) + ["STRING", "RESOURCE"]


@pytest.mark.parametrize("name", SPECIMENS)
def test_specimens_say_the_same(specimen, name):
    content = specimen(name)
    assert tree(serialize(parse_tflite(content))) == tree(content)


@pytest.mark.parametrize(
    "name, mode",
    sorted(set(product(NETWORKS, MODES.names())) - TOO_COARSE),
)
def test_exported_networks_say_the_same(exported, name, mode):
    content = exported(name, mode).path.read_bytes()
    assert tree(serialize(parse_tflite(content))) == tree(content)


def test_what_old_and_rare_files_hold_stays(specimen):
    def change(model):
        model.subgraphs[0].debugMetadataIndex = 4
        model.subgraphs[0].operators[0].debugMetadataIndex = 7
        model.subgraphs[0].tensors[0].name = b"\xff\xfe, no UTF-8"
        empty = schema.BufferT()
        empty.data = np.zeros(0, "u1")
        model.buffers.append(empty)
        variable = model.subgraphs[1].tensors[0]
        variable.buffer, variable.shape = len(model.buffers) - 1, [0, 3]

    content = edited(specimen("several"), change)
    again = serialize(parse_tflite(content))
    assert tree(again) == tree(content)
    found = tree(again)["subgraphs"]
    assert found[0]["debugMetadataIndex"] == 4
    assert found[0]["operators"][0]["debugMetadataIndex"] == 7
    assert found[1]["tensors"][0]["data"] == b""


def test_buffers_of_no_bytes_are_no_constants(specimen):
    def change(model):
        model.buffers[0].data = np.zeros(0, "u1")

    for tensor in parse_tflite(edited(specimen("recurrent"), change)).tensors:
        assert tensor.is_constant == (
            "_to_" in tensor.name or "bias" in tensor.name
        )


def test_buffers_behind_the_flatbuffer_are_read(specimen):
    start, weights = 4096, np.arange(64, dtype="u1").tobytes()

    def change(model):
        tensor = next(x for x in model.subgraphs[0].tensors if x.name == b"w")
        buffer = model.buffers[tensor.buffer]
        buffer.data, buffer.offset, buffer.size = None, start, 64

    content = edited(specimen("int4"), change).ljust(start, b"\0") + weights
    model = parse_tflite(content)
    found = next(x for x in model.tensors if x.name == "w")
    assert found.data.tobytes() == weights
    again = parse_tflite(serialize(model))
    assert next(x for x in again.tensors if x.name == "w").data.size == 64


names = st.text(max_size=12)
file_names = st.text("abc.", min_size=1, max_size=6)


@st.composite
def models(draw):
    """A model of up to three subgraphs, with whatever can be told of it."""
    subgraphs = draw(st.lists(drawn_subgraphs(), min_size=1, max_size=3))
    signatures = []
    for key in draw(st.lists(names, max_size=2, unique=True)):
        graph = draw(st.sampled_from(subgraphs))
        ends = {x.name: x for x in graph.tensors[:2]}
        signatures.append(Signature(ends, dict(ends), graph, key))
    blobs = st.binary(max_size=80)
    return FlatbufferModel(
        subgraphs,
        signatures,
        metadata=draw(st.dictionaries(names, blobs, max_size=3)),
        description=draw(names),
        attachments=draw(st.dictionaries(file_names, blobs, max_size=2)),
    )


@st.composite
def drawn_subgraphs(draw):
    given_ones = draw(st.lists(drawn_tensors(), min_size=1, max_size=5))
    tensors, operators = list(given_ones), []
    for _ in range(draw(st.integers(0, 4))):
        inputs = draw(st.lists(st.sampled_from(tensors), max_size=4))
        output = Tensor(draw(names), "FLOAT32", (1, 3))
        operators.append(draw(drawn_operators(inputs, output)))
        tensors.append(output)
    return Subgraph(
        tensors,
        draw(st.lists(st.sampled_from(given_ones), max_size=2)),
        draw(st.lists(st.sampled_from(tensors), max_size=2)),
        operators,
        draw(names),
        draw(st.integers(-1, 9)),
    )


@st.composite
def drawn_tensors(draw):
    shape = tuple(draw(st.lists(st.integers(0, 4), max_size=4)))
    dtype = draw(st.sampled_from(TYPES))
    data = quantization = None
    if draw(st.booleans()):
        size = -(-int(np.prod(shape)) * BITS.get(dtype, 8) // 8)
        data = np.arange(size, dtype="u1")
    if draw(st.booleans()):
        axis = draw(st.integers(0, max(len(shape) - 1, 0)))
        count = draw(st.sampled_from([1, *shape[axis : axis + 1]])) or 1
        quantization = Quantization(
            draw(st.floats(1e-3, 1e3)) * np.ones(count, "f4"),
            np.full(count, draw(st.integers(-128, 127)), "i8"),
            axis,
        )
    return Tensor(
        draw(names),
        dtype,
        shape,
        data,
        quantization,
        draw(st.sampled_from([None, (-1,) * len(shape)])),
        is_variable=draw(st.booleans()) and data is None,
        has_rank=draw(st.booleans()),
    )


@st.composite
def drawn_operators(draw, inputs, output):
    version = draw(st.integers(1, 20))
    if inputs and draw(st.booleans()):
        options = schema.ConcatenationOptionsT()
        options.axis = draw(st.integers(-4, 4))
        options.fusedActivationFunction = draw(st.integers(0, 5))
        return Operator(
            "CONCATENATION",
            [*inputs, None],
            [output],
            version,
            options_type=schema.BuiltinOptions.ConcatenationOptions,
            options=options,
        )
    flags = st.lists(st.booleans(), min_size=len(inputs), max_size=len(inputs))
    return Operator(
        draw(st.text(min_size=1, max_size=8)),
        inputs,
        [output],
        version,
        is_custom=True,
        custom_options=np.frombuffer(draw(st.binary(max_size=90)), "u1"),
        mutating_inputs=draw(st.one_of(st.none(), flags)),
        debug_index=draw(st.integers(-1, 9)),
    )


@settings(max_examples=120, deadline=None)
@given(models(), st.sampled_from([16, 64, 256]))
def test_any_model_says_the_same_after_reading(model, alignment):
    content = serialize(model, alignment=alignment)
    again = parse_tflite(content)
    assert serialize(again, alignment=alignment) == content
    assert dump(again) == dump(model)
    assert tree(serialize(again)) == tree(serialize(model))
    for graph, other in zip(model.subgraphs, again.subgraphs, strict=True):
        for x, y in zip(graph.tensors, other.tensors, strict=True):
            assert (x.data is None) == (y.data is None)
            if x.data is not None:
                np.testing.assert_array_equal(x.data, y.data)
                address = y.data.ctypes.data - address_of(content)
                assert not y.data.size or address % alignment == 0


def address_of(content):
    return np.frombuffer(content, "u1").ctypes.data


@pytest.mark.parametrize("alignment", [0, 8, 24, 8192])
def test_alignment_must_be_a_power_of_two(specimen, alignment):
    model = parse_tflite(specimen("int4"))
    with pytest.raises(InvalidInputError, match="Expected `alignment` to be"):
        serialize(model, alignment=alignment)


def test_more_than_two_gibibytes_are_refused_at_once():
    # Zeros that repeat: nothing of that size exists in memory.
    row = np.broadcast_to(np.zeros(1, "u1"), 2**31)
    tensor = Tensor("w", "UINT8", (2**31,), row)
    model = FlatbufferModel([Subgraph([tensor], [], [], [])])
    with pytest.raises(InvalidInputError, match="holds less than 2 GiB"):
        serialize(model)
