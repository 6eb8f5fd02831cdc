"""Reading and writing `.tflite` files."""

from itertools import product

import keras
import numpy as np
import pytest

from tests.export.networks import NETWORKS, TOO_COARSE
from tfprune.errors import InvalidInputError
from tfprune.export import (
    MODES,
    evaluate_tflite,
    export_tflite,
    read_tflite,
    serialize,
)
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.writer import AlignedBuilder


def dump(model):
    """Everything of a model, with positions for references."""
    lines = [model.description, repr(model.metadata)]
    for graph in model.subgraphs:
        position = {x: i for i, x in enumerate(graph.tensors)}
        for x in graph.tensors:
            data = None if x.data is None else x.data.tobytes()
            lines.append(f"{x.name} {x.dtype} {x.shape} {x.shape_signature}")
            lines.append(f"{data!r} {x.is_variable} {x.has_rank}")
            if x.quantization:
                q = x.quantization
                lines.append(f"{q.scales} {q.zero_points} {q.axis}")
                lines.append(f"{q.minimum} {q.maximum} {q.details}")
        lines.append(str([position[x] for x in graph.inputs + graph.outputs]))
        for x in graph.operators:
            lines.append(f"{x.name} {x.version} {x.is_custom}")
            lines.append(str([position.get(y, -1) for y in x.inputs]))
            lines.append(str([position[y] for y in x.outputs]))
            options = None if x.options is None else vars(x.options)
            lines.append(f"{x.options_type} {options}")
    for x in model.signatures:
        named = {**x.inputs, **x.outputs}
        ids = {k: model.main.tensors.index(v) for k, v in named.items()}
        lines.append(f"{x.key} {ids}")
    return "\n".join(lines)


@pytest.mark.parametrize(
    "name, mode",
    sorted(set(product(NETWORKS, MODES.names())) - TOO_COARSE),
)
def test_writing_what_was_read_gives_the_same(exported, name, mode):
    content = exported(name, mode).path.read_bytes()
    model = parse_tflite(content)
    again = serialize(model)
    assert again == content
    assert dump(parse_tflite(again)) == dump(model)


def test_loops_survive(tmp_path):
    inputs = keras.Input((5, 6))
    model = keras.Model(inputs, keras.layers.GRU(4)(inputs))
    data = NETWORKS["recurrent"].sample(np.random.default_rng(0), 8)
    report = export_tflite(model, tmp_path / "m.tflite", verify_data=data)
    assert report.relative_error < 1e-5
    flatbuffer = read_tflite(tmp_path / "m.tflite")
    assert len(flatbuffer.subgraphs) == 3
    assert dump(parse_tflite(serialize(flatbuffer))) == dump(flatbuffer)


def test_weights_are_aligned(exported):
    content = exported("residual").path.read_bytes()
    packed = schema.Model.GetRootAs(content, 0)
    start = np.frombuffer(content, np.uint8).ctypes.data
    count = 0
    for index in range(packed.BuffersLength()):
        buffer = packed.Buffers(index)
        if buffer.DataLength():
            count += 1
            offset = buffer.DataAsNumpy().ctypes.data - start
            assert offset % 64 == 0
    assert count > 5


def test_equal_arrays_share_a_buffer(exported):
    model = read_tflite(exported("residual").path)
    size = len(serialize(model))
    weights = max(model.tensors, key=lambda x: x.num_bytes)
    twin = Tensor("twin", weights.dtype, weights.shape, weights.data)
    model.main.tensors.append(twin)
    assert len(serialize(model)) < size + 500
    again = parse_tflite(serialize(model))
    first, second = (
        x for x in again.tensors if x.num_bytes == weights.num_bytes
    )
    assert first.data is second.data


def test_edited_model_computes_the_edit(exported, tmp_path):
    found = exported("depthwise")
    model = read_tflite(found.path)
    bias = model.operators[-1].inputs[2]
    bias.data = (bias.data.view("float32") + 1.0).view(np.uint8)
    path = tmp_path / "m.tflite"
    path.write_bytes(serialize(model))
    difference = evaluate_tflite(path, found.data) - evaluate_tflite(
        found.path, found.data
    )
    np.testing.assert_allclose(difference, 1.0, atol=1e-5)


def test_unlisted_tensor_is_refused(exported):
    model = read_tflite(exported("depthwise").path)
    model.operators[0].outputs[0] = Tensor("stray", "FLOAT32", (1,))
    with pytest.raises(InvalidInputError, match="'stray' without listing it"):
        serialize(model)


def test_builder_aligns_bytes_only():
    builder = AlignedBuilder(64)
    builder.CreateNumpyVector(np.zeros(3, "int32"))
    assert builder.Offset() < 64


def test_missing_file(tmp_path):
    with pytest.raises(InvalidInputError, match="No such file or directory"):
        read_tflite(tmp_path / "none.tflite")


def test_folder(tmp_path):
    with pytest.raises(InvalidInputError, match="which is a folder"):
        read_tflite(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"x" * 100])
def test_foreign_file(tmp_path, content):
    path = tmp_path / "m.tflite"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match="not a TensorFlow Lite model"):
        read_tflite(path)


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.9999])
def test_truncated_file(exported, tmp_path, share):
    content = exported("depthwise").path.read_bytes()
    path = tmp_path / "m.tflite"
    path.write_bytes(content[: max(8, int(share * len(content)))])
    with pytest.raises(InvalidInputError, match="damaged or cut short") as e:
        read_tflite(path)
    assert "\n" not in str(e.value)


def test_damaged_file(exported, tmp_path):
    content = exported("depthwise").path.read_bytes()
    generator = np.random.default_rng(0)
    path = tmp_path / "m.tflite"
    for _ in range(40):
        damaged = np.frombuffer(content, np.uint8).copy()
        places = generator.integers(8, 2000, 4)
        damaged[places] = generator.integers(0, 256, 4)
        path.write_bytes(damaged.tobytes())
        # Either the damage does no harm or it is named; nothing else.
        try:
            read_tflite(path)
        except InvalidInputError:
            pass
