"""Profiles of low-bit networks, as arithmetic."""

import keras
import pytest
from keras import layers

import tfprune
from tfprune.layers import (
    QuantConv2D,
    QuantConv2DTranspose,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantLSTM,
    QuantSeparableConv2D,
    presets,
)
from tfprune.profiling import xnor_speedup


def profile_of(layer, shape):
    inputs = keras.Input(shape)
    return tfprune.profile(keras.Model(inputs, layer(inputs)))


def test_the_speed_model_of_the_paper():
    assert round(xnor_speedup(256 * 9), 2) == 62.27
    assert round(xnor_speedup(3), 1) == 2.9
    assert xnor_speedup(64) == 32


def test_a_network_with_real_ends():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(16, 3, use_bias=False, padding="same")(inputs)
    x = QuantConv2D(
        32, 3, use_bias=False, padding="same", name="binary", **presets.bnn()
    )(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = QuantDense(10, **presets.bwn())(x)
    found = tfprune.profile(keras.Model(inputs, x))
    real, binary = 64 * 9 * 3 * 16, 64 * 9 * 16 * 32
    dense = 32 * 10
    assert found.macs == real + binary + dense
    assert found.binary_macs == binary
    assert found.binary_share == binary / found.macs
    # Signs of the last layer meet real inputs, which makes them no faster.
    speed = 64 * 144 / (144 + 64)
    assert found.xnor_speedup == pytest.approx(
        found.macs / (real + dense + binary / speed)
    )
    assert found.bytes == 4 * (9 * 3 * 16 + 9 * 16 * 32 + 32 * 10 + 10)
    assert found.bytes_at == {
        1: 9 * 16 * 32 // 8 + 32 * 10 // 8,
        # The last layer has ten biases, and ten scales of its signs.
        32: 4 * (9 * 3 * 16 + 10 + 10),
    }
    assert found.packed_bytes == sum(found.bytes_at.values())
    text = str(found)
    assert "1x1" in text
    assert "1x32" in text
    assert f"Binary MACs: {found.binary_share:.1%}" in text
    assert found.as_dict()["xnor_speedup"] == found.xnor_speedup


@pytest.mark.parametrize(
    ("layer", "shape", "binary", "terms"),
    [
        (QuantDense(5, **presets.bnn()), (7,), 35, 7),
        (
            QuantConv2D(4, 3, groups=2, **presets.bnn()),
            (8, 8, 6),
            36 * 9 * 3 * 4,
            27,
        ),
        (
            QuantConv2DTranspose(4, 3, strides=2, **presets.bnn()),
            (5, 5, 6),
            25 * 9 * 6 * 4,
            54,
        ),
        (
            QuantDepthwiseConv2D(
                3, input_quantizer="sign", kernel_quantizer="sign"
            ),
            (8, 8, 6),
            36 * 9 * 6,
            9,
        ),
    ],
)
def test_terms_of_an_output(layer, shape, binary, terms):
    found = profile_of(layer, shape)
    assert found.binary_macs == binary == found.macs
    assert found.xnor_speedup == pytest.approx(xnor_speedup(terms))


def test_parts_of_a_layer_count_by_themselves():
    separable = QuantSeparableConv2D(
        4,
        3,
        input_quantizer="sign",
        depthwise_quantizer="sign",
        pointwise_quantizer="ternary",
        use_bias=False,
    )
    found = profile_of(separable, (8, 8, 6))
    assert found.binary_macs == 36 * 9 * 6
    # 54 bits and 48 bits, in whole bytes, and four scales.
    assert found.bytes_at == {1: 7, 2: 6, 32: 4 * 4}
    recurrent = QuantLSTM(
        5,
        input_quantizer="sign",
        kernel_quantizer="sign",
        recurrent_quantizer="sign",
        use_bias=False,
    )
    found = profile_of(recurrent, (3, 4))
    assert found.binary_macs == 3 * 4 * 20
    assert found.macs == 3 * (4 + 5) * 20


@pytest.mark.parametrize(
    ("settings", "scales"),
    [
        (presets.bwn(), 32),
        (presets.xnor(), 32),
        ({"kernel_quantizer": "ternary"}, 32),
        (presets.dorefa(1, 2), 1),
        (presets.dorefa(2, 2), 0),
        (presets.bnn(), 0),
        (presets.qnn(4, 4), 0),
        # Its ranges are weights: one of the inputs, and one a filter.
        (presets.integer(4), 2 + 32),
    ],
)
def test_scales_of_weights_count(settings, scales):
    layer = QuantConv2D(32, 3, use_bias=False, **settings)
    found = profile_of(layer, (8, 8, 16))
    weights = 9 * 16 * 32 * layer.precisions()["kernel"].weight_bits // 8
    assert found.packed_bytes == weights + 4 * scales
    assert found.bytes_at.get(32, 0) == 4 * scales


def test_scales_of_both_kernels_of_a_recurrent_layer_count():
    layer = QuantLSTM(
        5,
        kernel_quantizer="magnitude_aware_sign",
        recurrent_quantizer="ternary",
        use_bias=False,
    )
    assert profile_of(layer, (3, 4)).bytes_at == {
        1: 4 * 20 // 8,
        2: 5 * 20 * 2 // 8,
        32: 4 * (20 + 20),
    }


def test_a_shared_layer_counts_its_weights_once():
    first, second = keras.Input((7,)), keras.Input((7,))
    layer = QuantDense(5, use_bias=False, **presets.bnn())
    joined = layers.Add()([layer(first), layer(second)])
    found = tfprune.profile(keras.Model([first, second], joined))
    assert found.binary_macs == found.macs == 2 * 35
    assert found.packed_bytes == 5
    assert found.xnor_speedup == pytest.approx(xnor_speedup(7))


def test_a_real_network_is_shown_as_before():
    found = profile_of(layers.Dense(5), (7,))
    assert found.binary_share == 0
    assert found.xnor_speedup == 1
    assert found.packed_bytes == found.bytes
    assert "bits" not in str(found)
