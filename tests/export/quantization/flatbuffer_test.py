"""Float flatbuffers of any origin, quantized and still the same inside."""

import keras
import numpy as np
import pytest

from tests.export.networks import NETWORKS
from tests.export.quantization.rounding import round_weights
from tfprune.errors import InvalidInputError
from tfprune.export import (
    MODES,
    evaluate_tflite,
    export_tflite,
    read_tflite,
    serialize,
)
from tfprune.export.flatbuffer.tensor import Quantization
from tfprune.export.quantization import (
    Dynamic,
    Float16,
    Int8,
    Int16x8,
    quantize_flatbuffer,
)
from tfprune.export.verification.samples import Samples

GREATEST_ERROR = {
    "float16": 0.01,
    "float32": 1e-6,
    "dynamic": 0.1,
    "int16x8": 0.1,
    "int4": 0.8,
    "int8": 0.2,
    "low_bit": 1e-6,
}
SMALLER = {"float16", "dynamic", "int16x8", "int4", "int8"}


def samples_of(data):
    return Samples((np.asarray(data),), "data")


@pytest.fixture
def written(tmp_path):
    """A function that writes a model and gives its path."""

    def write(model):
        path = tmp_path / "m.tflite"
        path.write_bytes(serialize(model))
        return path

    return write


@pytest.mark.parametrize("mode", MODES.names())
@pytest.mark.parametrize("name", ["residual", "transformer", "recurrent"])
def test_computes_the_same(exported, written, name, mode):
    found = exported(name)
    source = read_tflite(found.path)
    before = serialize(source)
    result = quantize_flatbuffer(
        source, MODES.get(mode), samples_of(found.data)
    )
    assert serialize(source) == before
    MODES.get(mode).check(result)
    path = written(result)
    # What describes many small tensors outweighs their numbers.
    if name == "residual" and mode in SMALLER:
        assert path.stat().st_size < 0.6 * len(before)
    fresh = NETWORKS[name].sample(np.random.default_rng(9), 24)
    wanted = evaluate_tflite(found.path, fresh)
    error = np.sqrt(np.mean((evaluate_tflite(path, fresh) - wanted) ** 2))
    assert error < GREATEST_ERROR[mode] * wanted.std()


@pytest.mark.parametrize("mode", ["float16", "int8"])
def test_keeps_names_signatures_and_attachments(exported, mode):
    source = read_tflite(exported("residual").path)
    source.attachments["labels.txt"] = b"one\ntwo\n"
    source.metadata["licence"] = b"Apache-2.0"
    source.signatures[0].key = "predict"
    result = quantize_flatbuffer(
        source, MODES.get(mode), samples_of(exported("residual").data)
    )
    assert result.attachments == {"labels.txt": b"one\ntwo\n"}
    assert result.metadata["licence"] == b"Apache-2.0"
    (signature,) = result.signatures
    assert signature.key == "predict"
    assert signature.inputs == {"image": result.main.inputs[0]}
    assert signature.outputs == {"classes": result.main.outputs[0]}
    assert [x.name for x in result.main.inputs] == ["image"]
    assert [x.name for x in result.main.outputs] == ["classes"]
    assert {x.dtype for x in result.main.inputs + result.main.outputs} == {
        "FLOAT32"
    }
    old = {x.name for x in source.tensors}
    computed = [x for op in source.operators for x in op.outputs]
    assert {x.name for x in computed} <= {x.name for x in result.tensors}
    strange = {x.name for x in result.tensors} - old
    assert all("_quantized" in x or "_dequant" in x for x in strange)


def test_a_model_without_signatures_and_with_equal_names(exported, written):
    found = exported("residual")
    source = read_tflite(found.path)
    source.signatures = []
    for tensor in source.tensors:
        tensor.name = "same"
    result = quantize_flatbuffer(source, Int8(), samples_of(found.data))
    Int8().check(result)
    assert result.signatures == []
    values = evaluate_tflite(written(result), found.data)
    wanted = evaluate_tflite(found.path, found.data)
    assert np.abs(values - wanted).max() < 0.2


def test_ranges_are_those_of_all_samples(exported):
    found = exported("residual")
    result = quantize_flatbuffer(
        read_tflite(found.path), Int8(), samples_of(found.data)
    )
    first = result.main.operators[0]
    assert first.name == "QUANTIZE"
    low, high = found.data.min(), found.data.max()
    scale = first.outputs[0].scale()
    assert scale == pytest.approx((high - low) / 255, rel=1e-5)


def test_int8_weights_are_the_rounded_ones(exported):
    found = exported("residual")
    result = quantize_flatbuffer(
        read_tflite(found.path), Int8(), samples_of(found.data)
    )
    plain = read_tflite(found.path)
    round_weights(plain, {"CONV_2D": 8})
    for new, old in zip(
        [x for x in result.operators if x.name == "CONV_2D"],
        [x for x in plain.operators if x.name == "CONV_2D"],
        strict=True,
    ):
        weights, wanted = new.inputs[1], old.inputs[1]
        scales = weights.quantization.scales[:, None, None, None]
        integers = weights.data.view("i1").reshape(weights.shape)
        np.testing.assert_allclose(
            integers * scales,
            wanted.data.view("f4").reshape(wanted.shape),
            atol=1e-6,
        )


@pytest.mark.parametrize("mode", [Int8, Dynamic])
def test_dense_layers_have_one_scale_unless_asked_otherwise(exported, mode):
    found = exported("residual")

    def scales(**settings):
        result = quantize_flatbuffer(
            read_tflite(found.path), mode(**settings), samples_of(found.data)
        )
        dense = [x for x in result.operators if x.name == "FULLY_CONNECTED"]
        return dense[0].inputs[1].quantization.scales.size

    assert scales() == 1
    assert scales(per_tensor_dense=False) == 32


def test_dynamic_leaves_small_weights(exported):
    result = quantize_flatbuffer(
        read_tflite(exported("depthwise").path), Dynamic()
    )
    types = {
        operator.inputs[1].size: operator.inputs[1].dtype
        for operator in result.operators
        if operator.name in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
    }
    assert {size for size, dtype in types.items() if dtype == "INT8"} == {
        size for size in types if size >= 1024
    }


def test_refuses_what_is_quantized_already(exported):
    for mode in ("dynamic", "int8", "int4"):
        model = read_tflite(exported("residual", mode).path)
        with pytest.raises(InvalidInputError, match=r"is INT\d. Start from"):
            quantize_flatbuffer(model, Dynamic())


def test_needs_samples(exported):
    model = read_tflite(exported("residual").path)
    with pytest.raises(InvalidInputError, match="needs `representative_data`"):
        quantize_flatbuffer(model, Int8())


def test_refuses_infinite_activations(tmp_path):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Lambda(keras.ops.log)(inputs))
    export_tflite(model, tmp_path / "m.tflite")
    with pytest.raises(InvalidInputError, match="Received NaN or infinity in"):
        quantize_flatbuffer(
            read_tflite(tmp_path / "m.tflite"),
            Int8(),
            samples_of(np.zeros((1, 4), "f4")),
        )


def test_calibrated_ranges_alone_are_no_quantization(exported):
    model = read_tflite(exported("residual").path)
    none = np.zeros(0)
    model.main.inputs[0].quantization = Quantization(
        none, none, minimum=np.zeros(1), maximum=np.ones(1)
    )
    quantize_flatbuffer(model, Dynamic())


@pytest.mark.parametrize(
    "mode, versions",
    [
        (Dynamic(), {"FULLY_CONNECTED": 3, "CONV_2D": 5}),
        (Dynamic(per_tensor_dense=False), {"FULLY_CONNECTED": 12}),
        (Int8(), {"CONV_2D": 3, "FULLY_CONNECTED": 4, "SOFTMAX": 2}),
        (Int16x8(), {"CONV_2D": 4, "FULLY_CONNECTED": 7}),
        (Float16(), {"CONV_2D": 1, "DEQUANTIZE": 3}),
    ],
)
def test_versions_are_those_of_the_types(exported, mode, versions):
    found = exported("residual")
    result = quantize_flatbuffer(
        read_tflite(found.path), mode, samples_of(found.data)
    )
    highest = {
        operator.name: max(
            x.version for x in result.operators if x.name == operator.name
        )
        for operator in result.operators
    }
    assert versions.items() <= highest.items()
