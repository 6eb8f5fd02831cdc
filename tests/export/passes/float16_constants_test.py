"""Halves become the float32 numbers that they stand for."""

import numpy as np
import pytest

from tests.export.channels.networks import relative
from tests.export.versions.converted import BUILDERS, converted
from tfprune.errors import InvalidInputError
from tfprune.export import (
    MODES,
    evaluate_tflite,
    export_tflite,
    quantization_report,
    read_tflite,
    serialize,
)
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.passes import (
    remove_unused,
    share_equal_buffers,
    widen_float16_constants,
)
from tfprune.export.quantization import quantize_flatbuffer
from tfprune.export.verification.samples import Samples


def rounded(path):
    """A float32 file with its weights rounded to halves."""
    model = read_tflite(path)
    for tensor in model.tensors:
        if tensor.dtype == "FLOAT32" and tensor.data is not None:
            numbers = tensor.data.view("f4").astype("f2").astype("f4")
            tensor.data = numbers.view("u1")
    return model


@pytest.mark.parametrize("name", ["residual", "transformer", "recurrent"])
def test_computes_the_same_to_the_last_bit(exported, tmp_path, name):
    found = exported(name, "float16")
    model = read_tflite(found.path)
    count = sum(x.dtype == "FLOAT16" for x in model.tensors)
    assert widen_float16_constants(model) == count > 0
    remove_unused(model)
    assert widen_float16_constants(model) == 0
    assert "FLOAT16" not in {x.dtype for x in model.tensors}
    assert "DEQUANTIZE" not in {x.name for x in model.operators}
    path = tmp_path / "m.tflite"
    path.write_bytes(serialize(model))
    np.testing.assert_array_equal(
        evaluate_tflite(path, found.data),
        evaluate_tflite(found.path, found.data),
    )


@pytest.mark.parametrize("name", BUILDERS)
def test_nothing_is_left_of_the_converters_halves(name):
    model = converted(name, "float16")
    assert widen_float16_constants(model) > 0
    remove_unused(model)
    assert "FLOAT16" not in {x.dtype for x in model.tensors}


@pytest.mark.parametrize("mode", ["dynamic", "int8", "int4", "int16x8"])
def test_halves_are_quantized_like_the_numbers_that_they_are(
    exported, tmp_path, mode
):
    found = exported("residual", "float16")
    report = export_tflite(
        found.path,
        tmp_path / "m.tflite",
        quantize=mode,
        representative_data=found.data,
        layer_report=True,
    )
    plain = quantize_flatbuffer(
        rounded(exported("residual").path),
        MODES.get(mode),
        Samples((found.data,), "data"),
    )
    (tmp_path / "n.tflite").write_bytes(serialize(plain))
    received = evaluate_tflite(tmp_path / "m.tflite", found.data)
    wanted = evaluate_tflite(tmp_path / "n.tflite", found.data)
    # Folding leaves biases that are no halves in the one of both.
    assert relative(wanted, received) < 0.02
    assert report.num_bytes < found.report.num_bytes
    assert report.quantization == mode
    assert report.layer_report == quantization_report(
        found.path, mode, found.data
    )


def half(name, numbers, **settings):
    data = np.asarray(numbers, "f2").reshape(-1).view("u1")
    return Tensor(name, "FLOAT16", (len(numbers),), data, **settings)


def activation(name, dtype="FLOAT32"):
    return Tensor(name, dtype, (3,))


def test_constants_that_are_read_as_they_are():
    # All halves of interest: the smallest, the largest, and no number.
    numbers = [6e-8, -65504.0, np.nan]
    x, y, c = activation("x"), activation("y"), half("c", numbers)
    model = FlatbufferModel(
        [Subgraph([x, y, c], [x], [y], [Operator("ADD", [x, c], [y])])]
    )
    assert widen_float16_constants(model) == 1
    np.testing.assert_array_equal(
        c.data.view("f4"), np.array(numbers, "f2").astype("f4")
    )
    assert (c.dtype, c.num_bytes) == ("FLOAT32", 12)


def test_shared_buffers_stay_shared(exported):
    model = read_tflite(exported("residual", "float16").path)
    first, second = [x for x in model.tensors if x.dtype == "FLOAT16"][:2]
    second.data, second.shape = first.data, first.shape
    share_equal_buffers(model)
    wide = {
        operator.inputs[0]: operator.outputs[0]
        for operator in model.operators
        if operator.name == "DEQUANTIZE"
    }
    widen_float16_constants(model)
    assert wide[first].data is wide[second].data


def test_models_that_compute_with_halves_keep_them():
    x, y = activation("x", "FLOAT16"), activation("y", "FLOAT16")
    c = half("c", [1.0, 2.0, 3.0])
    model = FlatbufferModel(
        [Subgraph([x, y, c], [x], [y], [Operator("ADD", [x, c], [y])])]
    )
    assert widen_float16_constants(model) == 0
    with pytest.raises(InvalidInputError, match="computes with halves already"):
        quantize_flatbuffer(model, MODES.get("dynamic"))


def test_sparse_halves_and_constant_results_stay():
    sparse = half("s", [1.0, 2.0], sparsity=object())
    plain, result = half("p", [1.0, 2.0, 3.0]), activation("r")
    model = FlatbufferModel(
        [
            Subgraph(
                [sparse, plain, result],
                [],
                [result],
                [
                    Operator("DENSIFY", [sparse], [activation("d")]),
                    Operator("DEQUANTIZE", [plain], [result]),
                ],
            )
        ]
    )
    assert widen_float16_constants(model) == 0
