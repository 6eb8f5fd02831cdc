"""Settings of the papers."""

from functools import partial

import keras
import numpy as np
import pytest

from tests.layers.quantized import EXAMPLES
from tfprune.errors import InvalidInputError
from tfprune.layers import (
    QuantConv2D,
    QuantConv2DTranspose,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantLSTM,
    QuantSeparableConv2D,
    WeightClip,
    presets,
)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


BITS = [
    (presets.binary_connect, (1, 32)),
    (partial(presets.binary_connect, stochastic=True), (32, 32)),
    (presets.bnn, (1, 1)),
    (presets.bwn, (1, 32)),
    (presets.xnor, (1, 1)),
    (partial(presets.dorefa, 1, 2, 4), (1, 2)),
    (partial(presets.dorefa, 8, 32), (8, 32)),
    (partial(presets.qnn, 4, 2), (4, 2)),
    (partial(presets.qnn, 4, 4, logarithmic=True), (4, 4)),
    (partial(presets.integer, 4), (4, 8)),
]
"""Presets, and the bits of their kernels and their inputs."""


@pytest.mark.parametrize(("settings", "bits"), BITS)
def test_bits(settings, bits):
    for layer, shape in (
        (QuantDense(3, **settings()), (None, 4)),
        (QuantConv2D(3, 2, **settings()), (None, 4, 4, 5)),
    ):
        layer.build(shape)
        found = layer.precisions()["kernel"]
        assert (found.weight_bits, found.input_bits) == bits
        assert found.terms == (4 if len(shape) == 2 else 20)


def test_stochastic_binary_connect_uses_real_weights_at_inference():
    layer = QuantDense(3, **presets.binary_connect(stochastic=True))
    x = np.eye(4, dtype="float32")
    real = array(layer(x))
    np.testing.assert_allclose(
        real, array(layer.latent_kernel()), rtol=1e-6, atol=1e-6
    )
    drawn = array(layer(x, training=True))
    assert set(np.unique(drawn)) <= {-1.0, 1.0}


@pytest.mark.parametrize("center", [False, True])
def test_weights_are_clipped(center):
    clip = WeightClip(0.5, center=center)
    w = np.random.default_rng(0).normal(size=(3, 3, 4, 2)).astype("float32")
    expected = w - w.mean(axis=2, keepdims=True) if center else w
    np.testing.assert_allclose(
        array(clip(w)), np.clip(expected, -0.5, 0.5), rtol=1e-5, atol=1e-6
    )
    copy = keras.constraints.deserialize(keras.constraints.serialize(clip))
    assert copy.get_config() == clip.get_config()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: WeightClip(0), "bound of WeightClip"),
        (lambda: presets.dorefa(9), "bits of DoReFaWeights"),
        (lambda: presets.qnn(1), "bits of Linear"),
        (
            lambda: QuantDense(3, kernel_quantizer="sing"),
            "Did you mean 'sign'",
        ),
        (
            lambda: QuantDense(3, gradient_quantizer="sign"),
            "to leave the outputs as they are",
        ),
    ],
)
def test_bad_settings(make, message):
    with pytest.raises(InvalidInputError, match=message):
        make()


def test_a_range_belongs_to_one_layer():
    settings = presets.integer()
    QuantDense(3, name="first", **settings).build((None, 4))
    with pytest.raises(
        InvalidInputError, match="of layer 'second' holds the range of another"
    ):
        QuantDense(3, name="second", **settings).build((None, 4))


@pytest.mark.parametrize(("settings", "bits"), BITS)
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_preset_fits_every_layer(example, settings, bits):
    given = settings()
    recurrent = hasattr(example.kind, "inner_loop")
    if recurrent and given.get("gradient_quantizer"):
        with pytest.raises(
            InvalidInputError, match="does not take gradient_quantizer: its"
        ):
            example.kind(**example.arguments, **given)
        given["gradient_quantizer"] = None
    if bits == (4, 8) and example.kind is QuantConv2DTranspose:
        given = settings(per_channel=False)
    layer = example.kind(**example.arguments, **given)
    layer.build((None, *example.shape))
    assert np.isfinite(array(layer(example.inputs()))).all()
    for name, found in layer.precisions().items():
        expected = (32, 32) if "recurrent" in name else bits
        assert (found.weight_bits, found.input_bits) == expected, name
        kernel = getattr(getattr(layer, "cell", layer), name.split(".")[-1])
        clipped = "kernel_constraint" in given and "recurrent" not in name
        assert (kernel.constraint is not None) == clipped, name
    copy = example.kind.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize(
    "kind", [QuantDepthwiseConv2D, QuantSeparableConv2D, QuantLSTM]
)
def test_layers_without_an_input_scale_say_so(kind):
    (arguments,) = [x.arguments for x in EXAMPLES if x.kind is kind]
    with pytest.raises(
        InvalidInputError,
        match=f"{kind.__name__} does not take input_scale: .*input_scale=True",
    ):
        kind(**arguments, **presets.xnor(input_scale=True))


def test_what_is_given_for_a_kernel_goes_before_what_holds_for_all():
    layer = QuantSeparableConv2D(
        5,
        3,
        depthwise_quantizer="ternary",
        depthwise_constraint=WeightClip(0.5),
        intermediate_quantizer="linear",
        **presets.integer(4),
        kernel_constraint=WeightClip(2.0),
    )
    layer.build((None, 8, 8, 4))
    found = layer.precisions()
    assert found["depthwise_kernel"].weight_bits == 2
    assert found["pointwise_kernel"].weight_bits == 4
    assert found["pointwise_kernel"].input_bits == 4
    assert layer.depthwise_constraint.bound == 0.5
    assert layer.pointwise_constraint.bound == 2.0


def test_both_kernels_of_a_layer_have_ranges_of_their_own():
    layer = QuantSeparableConv2D(5, 3, **presets.integer(4))
    layer(np.ones((2, 8, 8, 4), "float32"), training=True)
    assert layer.depthwise_quantizer.high.shape == (4,)
    assert layer.pointwise_quantizer.high.shape == (5,)
    inner = layer.intermediate_quantizer
    assert inner is not layer.input_quantizer
    assert float(inner.high) != float(layer.input_quantizer.high)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_qnn_starts_with_kernels_that_use_all_levels(bits):
    layer = QuantDense(50, **presets.qnn(bits))
    layer.build((None, 500))
    assert len(np.unique(array(layer.multiplier()))) == 2**bits


@pytest.mark.parametrize("preset", [presets.bnn, presets.qnn])
def test_float_weights_go_in_divided_by_the_rate(preset):
    layer = QuantDense(3, **preset())
    layer.build((None, 4))
    weights = np.random.default_rng(0).uniform(-1, 1, (4, 3)).astype("float32")
    layer.kernel.assign(weights / layer.kernel_rates.of("kernel"))
    latent = keras.ops.convert_to_numpy(layer.latent_kernel())
    np.testing.assert_allclose(latent, weights, rtol=1e-6)
    assert np.abs(layer.kernel - weights).max() > 0.1
