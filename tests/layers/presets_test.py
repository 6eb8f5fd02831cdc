"""Settings of the papers."""

from functools import partial

import keras
import numpy as np
import pytest

from tfprune.errors import InvalidInputError
from tfprune.layers import QuantConv2D, QuantDense, WeightClip, presets


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize(
    ("settings", "bits"),
    [
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
    ],
)
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
