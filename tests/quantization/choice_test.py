"""Which layers are quantized, and with how many bits."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.quantization.exported import export, steps_apart
from tests.quantization.networks import IMAGE, images, residual
from tfprune.export import evaluate_tflite
from tfprune.layers import FloatResult, QuantConv2D, QuantDense


def with_elu():
    inputs = keras.Input(IMAGE)
    x = layers.Conv2D(4, 3, name="first")(inputs)
    x = layers.ELU(name="elu")(x)
    x = layers.Conv2D(4, 3, activation="relu", name="second")(x)
    x = layers.Flatten(name="flat")(x)
    return keras.Model(inputs, layers.Dense(3, name="head")(x), name="elus")


def test_four_bits_are_packed_in_the_file(tmp_path):
    keras.utils.set_random_seed(1)
    x = images()
    aware = tfprune.quantize_aware(
        residual(), representative_data=x, weight_bits={"stem|last": 4}
    )
    assert steps_apart(aware, tmp_path, x).max() <= 1.001
    flatbuffer, _ = export(aware, tmp_path, x)
    types = [
        x.inputs[1].dtype
        for x in flatbuffer.main.operators
        if x.name in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
    ]
    assert types == ["INT4", "INT8", "INT8", "INT4", "INT8"]
    kernel = aware.get_layer("stem").quantized_kernel()
    assert len(np.unique(kernel[..., 0])) <= 15


@pytest.mark.parametrize(
    "chosen, floats",
    [
        (["first", "second", "flat"], ["ELU", "FULLY_CONNECTED"]),
        (lambda name: name != "elu", ["ELU"]),
        (lambda name: name not in ("elu", "head"), ["ELU", "FULLY_CONNECTED"]),
        ("head", ["CONV_2D", "CONV_2D", "ELU"]),
    ],
)
def test_what_is_not_chosen_computes_in_floats(chosen, floats, tmp_path):
    x, model = images(), with_elu()
    aware = tfprune.quantize_aware(model, representative_data=x, layers=chosen)
    flatbuffer, report = export(aware, tmp_path, x, strip=False)
    found = [
        x.name
        for x in flatbuffer.main.operators
        if x.name in ("CONV_2D", "ELU", "FULLY_CONNECTED")
        and x.outputs[0].dtype == "FLOAT32"
    ]
    assert sorted(found) == floats
    assert "compute in float32, as the model was trained" in report.warnings[0]
    found = evaluate_tflite(tmp_path / "model.tflite", x)
    np.testing.assert_allclose(found, aware(x), atol=0.05)
    kinds = {
        "first": (QuantConv2D, layers.Conv2D),
        "head": (QuantDense, layers.Dense),
    }
    for name, (quantized, plain) in kinds.items():
        names = [x.name for x in aware.layers]
        full = f"{name}.unrounded" if f"{name}.unrounded" in names else name
        wanted = chosen(name) if callable(chosen) else name in chosen
        assert type(aware.get_layer(full)) is (quantized if wanted else plain)


def test_a_trained_range_is_that_of_the_file(tmp_path):
    x = images()
    aware = tfprune.quantize_aware(residual(), representative_data=x)
    flatbuffer, _ = export(aware, tmp_path, x)
    grid = aware.get_layer("image_range").grid()
    quantization = flatbuffer.main.operators[0].outputs[0].quantization
    np.testing.assert_allclose(quantization.scales, grid.scale, rtol=1e-6)
    assert quantization.zero_points.tolist() == [int(grid.zero_point)]


def test_a_model_can_be_traced_and_stripped_once_more():
    aware = tfprune.quantize_aware(residual(), representative_data=images())
    last = aware.get_layer("last")
    kernel = np.array(last.kernel)
    kernel[..., :3] = 0
    bias = np.array(last.bias)
    bias[:3] = 0
    last.kernel.assign(kernel)
    last.bias.assign(bias)
    small = tfprune.strip(aware)
    assert small.get_layer("last").filters == 5
    x = images()
    np.testing.assert_allclose(small(x), aware(x), atol=1e-5)


FOLLOWERS = {
    "mean": lambda: layers.GlobalAveragePooling2D(name="flat"),
    "sigmoid": lambda: layers.Activation("sigmoid", name="flat"),
    "tanh": lambda: layers.Activation("tanh", name="flat"),
    "softmax": lambda: layers.Softmax(name="flat"),
}


@pytest.mark.parametrize("kind", FOLLOWERS)
def test_what_follows_a_rounded_tensor_is_not_rounded(kind, tmp_path):
    keras.utils.set_random_seed(1)
    inputs = keras.Input(IMAGE)
    x = FOLLOWERS[kind]()(layers.Conv2D(4, 3, name="first")(inputs))
    x = layers.Flatten()(x)
    model = keras.Model(inputs, layers.Dense(3, name="head")(x))
    aware = tfprune.quantize_aware(
        model, representative_data=images(), layers="^first$"
    )
    export(aware, tmp_path, images())
    found = evaluate_tflite(tmp_path / "model.tflite", images())
    np.testing.assert_allclose(found, aware(images()), atol=1e-5)


def test_what_stays_float_does_so_when_channels_go():
    keras.utils.set_random_seed(1)
    aware = tfprune.quantize_aware(
        with_elu(),
        representative_data=images(),
        layers=lambda name: name not in ("elu", "head"),
    )
    small = tfprune.remove_channels(
        aware, tfprune.keep_mask(aware, criterion="l1_norm", sparsity=0.5)
    )
    marks = [
        [x.name for x in model.layers if isinstance(x, FloatResult)]
        for model in (aware, small)
    ]
    assert marks[0] == marks[1] != []
    assert small.output_names == aware.output_names


def test_transposed_convolutions_keep_eight_bits(tmp_path):
    keras.utils.set_random_seed(1)
    inputs = keras.Input(IMAGE)
    x = layers.Conv2D(4, 3, activation="relu")(inputs)
    x = layers.Conv2DTranspose(3, 3, name="up")(x)
    with pytest.warns(UserWarning, match="'up' is a transposed convolution"):
        aware = tfprune.quantize_aware(
            keras.Model(inputs, x),
            representative_data=images(),
            weight_bits=4,
        )
    flatbuffer, _ = export(aware, tmp_path, images())
    types = [
        operator.inputs[1].dtype
        for operator in flatbuffer.main.operators
        if operator.name in ("CONV_2D", "TRANSPOSE_CONV")
    ]
    assert types == ["INT4", "INT8"]
