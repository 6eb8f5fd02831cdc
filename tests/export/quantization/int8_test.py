"""Full integer models: where the ranges come from, and what is refused."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from tfprune.errors import InvalidInputError
from tfprune.export import evaluate_tflite, export_tflite, read_tflite
from tfprune.export.quantization import Dynamic, Int8


class FakeQuantized(layers.Layer):
    """Activations as a quantization-aware training leaves them."""

    def __init__(self, low, high):
        super().__init__()
        self.low, self.high = low, high

    def call(self, x):
        return keras.quantizers.fake_quant_with_min_max_vars(
            x, self.low, self.high
        )


class FakeQuantizedDense(layers.Dense):
    """A dense layer with fake-quantized weights of one range."""

    def call(self, x):
        kernel = keras.quantizers.fake_quant_with_min_max_vars(
            self.kernel, -1.0, 1.0, narrow_range=True
        )
        return ops.matmul(x, kernel) + self.bias


def fake_quantized_model():
    inputs = keras.Input((6,))
    x = FakeQuantized(-1.0, 1.0)(inputs)
    x = layers.ReLU()(FakeQuantizedDense(8)(x))
    x = FakeQuantized(0.0, 4.0)(x)
    x = FakeQuantized(-6.0, 6.0)(FakeQuantizedDense(3)(x))
    model = keras.Model(inputs, x)
    generator = np.random.default_rng(0)
    model.set_weights(
        [generator.uniform(-1, 1, w.shape) for w in model.weights]
    )
    return model


@pytest.mark.parametrize("ends", ["float32", "int8"])
def test_ranges_of_fake_quantization_are_kept_exactly(tmp_path, ends):
    path = tmp_path / "m.tflite"
    model = fake_quantized_model()
    data = np.random.default_rng(1).uniform(-1, 1, (50, 6)).astype("float32")
    report = export_tflite(
        model,
        path,
        quantize="int8",
        verify_data=data,
        input_type=ends,
        output_type=ends,
    )
    assert report.calibration_samples == 0
    step = 12 / 255
    error = np.abs(evaluate_tflite(path, data) - model.predict(data, verbose=0))
    # A tie may round the other way: one step in a few of 150 values.
    assert error.max() <= step * 1.01
    assert (error > step / 2).mean() < 0.05


def test_trained_ranges_go_before_those_of_data(tmp_path):
    model = fake_quantized_model()
    narrow = np.random.default_rng(1).uniform(-0.1, 0.1, (60, 6)).astype("f4")
    export_tflite(model, tmp_path / "alone.tflite", quantize="int8")
    export_tflite(
        model,
        tmp_path / "with_data.tflite",
        quantize="int8",
        representative_data=narrow,
    )
    alone, with_data = (
        [
            x.quantization.scales.tolist()
            for x in read_tflite(tmp_path / name).tensors
            if x.quantization is not None
        ]
        for name in ("alone.tflite", "with_data.tflite")
    )
    assert sorted(alone) == sorted(with_data)
    assert any(item == pytest.approx([2 / 255]) for item in alone)


def model_of(function):
    inputs = keras.Input((8,))
    x = function(layers.Dense(8, name="before")(inputs))
    return keras.Model(inputs, layers.Dense(2, name="after")(x), name="toy")


@pytest.mark.parametrize(
    "function, name",
    [
        (layers.ELU(), "ELU"),
        (layers.Lambda(ops.floor), "FLOOR"),
        (layers.Lambda(ops.sin), "SIN"),
    ],
)
def test_float_operators_are_named(tmp_path, function, name):
    data = np.random.default_rng(0).normal(size=(60, 8))
    with pytest.raises(InvalidInputError) as caught:
        export_tflite(
            model_of(function),
            tmp_path / "m.tflite",
            quantize="int8",
            representative_data=data,
        )
    text = str(caught.value)
    assert f"Received float ones: {name} ('" in text
    # The conversions around it are not its cause.
    assert "QUANTIZE" not in text
    assert "quantize='dynamic'" in text
    assert list(tmp_path.iterdir()) == []


def test_float_ends_are_allowed_only_at_the_ends(exported):
    model = read_tflite(exported("depthwise", "int8").path)
    assert Int8().check(model) == ()
    first = model.main.operators[0]
    assert first.name == "QUANTIZE"
    model.main.inputs = []
    with pytest.raises(InvalidInputError, match="QUANTIZE"):
        Int8().check(model)


def test_dense_layers_have_one_scale(exported):
    for mode in ("int8", "dynamic"):
        model = read_tflite(exported("residual", mode).path)
        dense = [x for x in model.operators if x.name == "FULLY_CONNECTED"]
        assert len(dense) == 2
        for operator in dense:
            weights = operator.inputs[1]
            if weights.dtype == "INT8":
                assert weights.quantization.scales.size == 1
            # What runtimes from 2021 still load.
            assert operator.version <= 9
        convolution = next(x for x in model.operators if x.name == "CONV_2D")
        if convolution.inputs[1].dtype == "INT8":
            assert convolution.inputs[1].quantization.scales.size == 16


def test_dense_layers_have_a_scale_for_each_output_if_asked(models, tmp_path):
    data = np.random.default_rng(0).normal(size=(60, 12, 12, 3))
    for mode in (Int8, Dynamic):
        path = tmp_path / f"{mode.name}.tflite"
        export_tflite(
            models("residual"),
            path,
            quantize=mode(per_tensor_dense=False),
            representative_data=data,
        )
        dense = next(
            x
            for x in read_tflite(path).operators
            if x.name == "FULLY_CONNECTED"
        )
        assert dense.inputs[1].quantization.scales.size == 32
