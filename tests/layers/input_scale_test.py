"""The magnitude of the inputs of a binary layer."""

import keras
import numpy as np
import pytest

from tfprune.errors import InvalidInputError
from tfprune.layers import InputScale, QuantConv1D, QuantConv2D, QuantDense
from tfprune.layers.presets import xnor


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_of_a_dense_layer():
    x = np.random.default_rng(0).normal(size=(4, 3, 6)).astype("float32")
    scaled = QuantDense(5, use_bias=False, **xnor(input_scale=True))
    plain = QuantDense(5, use_bias=False, **xnor())
    scaled.build(x.shape)
    plain.build(x.shape)
    plain.set_weights(scaled.get_weights())
    expected = array(plain(x)) * np.abs(x).mean(axis=-1, keepdims=True)
    np.testing.assert_allclose(array(scaled(x)), expected, rtol=1e-5)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_of_a_convolution(padding):
    """Against the definition: each window by itself, zeros around."""
    x = np.random.default_rng(0).normal(size=(2, 7, 6, 3)).astype("float32")
    layer = QuantConv2D(
        4, 3, strides=2, padding=padding, use_bias=False, **xnor(True)
    )
    found = array(layer(x))
    kernel = array(layer.quantized_kernel())
    signs = np.where(x >= 0, 1.0, -1.0)
    size = np.abs(x).mean(axis=-1, keepdims=True)
    if padding == "same":
        # Keras pads a width of 6 behind, and a height of 7 on both sides.
        widths = ((0, 0), (1, 1), (0, 1), (0, 0))
        signs, size = np.pad(signs, widths), np.pad(size, widths)
    for row, column in np.ndindex(found.shape[1:3]):
        window = (
            slice(None),
            slice(2 * row, 2 * row + 3),
            slice(2 * column, 2 * column + 3),
        )
        product = np.einsum("bhwc,hwcf->bf", signs[window], kernel)
        scale = size[window].mean(axis=(1, 2))
        np.testing.assert_allclose(
            found[:, row, column], product * scale, rtol=1e-4, atol=1e-5
        )


def test_of_a_causal_convolution_in_half_precision():
    x = np.random.default_rng(0).normal(size=(2, 6, 3)).astype("float32")
    layer = QuantConv1D(
        4, 3, padding="causal", dtype="mixed_float16", **xnor(True)
    )
    scale = array(layer.scale_of(keras.ops.cast(x, "float16"), InputScale()))
    size = np.pad(np.abs(x).mean(axis=-1), ((0, 0), (2, 0)))
    expected = (size[:, :-2] + size[:, 1:-1] + size[:, 2:]) / 3
    np.testing.assert_allclose(scale[..., 0], expected, rtol=1e-2)
    assert array(layer(x)).dtype == "float16"


def test_of_some_of_the_channels():
    x = np.array([[1.0, -5.0, 3.0]], "float32")
    scale = InputScale([True, False, True]).magnitude(x, axis=-1)
    np.testing.assert_array_equal(array(scale), [[2.0]])


def test_channels_first():
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 5)).astype("float32")
    layer = QuantConv2D(
        4, 3, data_format="channels_first", padding="same", **xnor(True)
    )
    assert layer.compute_output_shape(x.shape) == (2, 4, 5, 5)
    size = layer.input_scale.magnitude(keras.ops.convert_to_tensor(x), axis=1)
    np.testing.assert_allclose(
        array(size)[:, 0], np.abs(x).mean(axis=1), rtol=1e-6
    )


def test_groups_have_no_input_scale():
    layer = QuantConv2D(4, 3, groups=2, **xnor(input_scale=True))
    with pytest.raises(ValueError, match="Expected groups=1"):
        layer.build((None, 5, 5, 4))


@pytest.mark.parametrize(
    "value", ["yes", 0.5, 1, [True], {"kept": [True]}, InputScale]
)
def test_what_is_no_input_scale_is_refused(value):
    for make in (
        lambda: QuantDense(5, input_scale=value),
        lambda: QuantConv2D(5, 3, input_scale=value),
    ):
        with pytest.raises(
            InvalidInputError,
            match="Expected input_scale of Quant.* Received: input_scale=",
        ):
            make()


def test_what_is_an_input_scale():
    for value in (True, np.True_, InputScale([True, False])):
        layer = QuantDense(5, input_scale=value)
        copy = QuantDense.from_config(layer.get_config())
        assert copy.input_scale.kept == layer.input_scale.kept
    for value in (False, np.False_, None):
        assert QuantDense(5, input_scale=value).input_scale is None
