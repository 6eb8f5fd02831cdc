"""Profiles of layers whose inputs were quantized further up."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune
from tfprune.layers import (
    QuantConv2D,
    QuantDense,
    QuantLSTM,
    QuantSeparableConv2D,
)
from tfprune.quantizers import (
    FixedFakeQuant,
    Linear,
    MovingFakeQuant,
    Sign,
    Ternary,
)


class Doubling(layers.Reshape):
    """A layer of the user's whose call does something else."""

    def call(self, inputs):
        return super().call(inputs) * 2


def inner_model():
    inputs = keras.Input((8, 8, 4))
    return keras.Model(inputs, layers.MaxPooling2D(2)(Sign()(inputs)))


WAYS = {
    "at once": (lambda x: Sign()(x), "1x1"),
    "pooled": (lambda x: layers.MaxPooling2D(2)(Sign()(x)), "1x1"),
    "inside a model": (lambda x: inner_model()(x), "1x1"),
    "moved by operations": (
        lambda x: ops.transpose(ops.flip(Sign()(x), 1), (0, 2, 1, 3)),
        "1x1",
    ),
    "joined": (
        lambda x: layers.Concatenate()([Sign()(x), layers.Dropout(1)(x)]),
        "1x32",
    ),
    "joined signs": (
        lambda x: layers.Concatenate()([Sign()(x), Sign()(-x)]),
        "1x1",
    ),
    "joined steps": (
        lambda x: ops.concatenate([Linear(4)(x), Linear(4, bound=2)(x)]),
        "1x32",
    ),
    "joined ranges": (
        lambda x: ops.concatenate([MovingFakeQuant()(x), MovingFakeQuant()(x)]),
        "1x32",
    ),
    "padded": (
        lambda x: layers.ZeroPadding2D()(FixedFakeQuant(4)(x)),
        "1x4",
    ),
    "signs padded by zeros": (
        lambda x: layers.ZeroPadding2D()(Sign()(x)),
        "1x32",
    ),
    "nearest": (lambda x: layers.UpSampling2D()(Linear(3)(x)), "1x3"),
    "between": (
        lambda x: layers.UpSampling2D(interpolation="bilinear")(Linear(3)(x)),
        "1x32",
    ),
    "averaged": (lambda x: layers.AveragePooling2D(2)(Sign()(x)), "1x32"),
    "computed with": (lambda x: Sign()(x) + 1, "1x32"),
    "a layer unlike its parent": (
        lambda x: Doubling((8, 8, 4))(Sign()(x)),
        "1x32",
    ),
    "real": (lambda x: x, "1x32"),
}


@pytest.mark.parametrize("name", WAYS)
def test_bits_of_inputs(name):
    way, expected = WAYS[name]
    inputs = keras.Input((8, 8, 4))
    layer = QuantConv2D(5, 3, kernel_quantizer="sign", name="last")
    model = keras.Model(inputs, layer(way(inputs)))
    (found,) = [x for x in tfprune.profile(model).layers if x.name == "last"]
    assert found.operands == (expected,)
    assert found.binary_macs == (found.macs if expected == "1x1" else 0)


def test_a_quantizer_of_the_layer_comes_last():
    inputs = keras.Input((6,))
    layer = QuantDense(3, input_quantizer=Linear(2), kernel_quantizer=Ternary())
    found = tfprune.profile(keras.Model(inputs, layer(Sign()(inputs))))
    assert found.layers[0].operands == ("2x2",)


def test_kernels_inside_of_a_layer_do_not_see_its_inputs():
    image, steps = keras.Input((8, 8, 4)), keras.Input((5, 4))
    separable = QuantSeparableConv2D(
        3, 3, depthwise_quantizer="sign", pointwise_quantizer="sign"
    )
    recurrent = QuantLSTM(
        3, kernel_quantizer="sign", recurrent_quantizer="sign"
    )
    for inputs, layer in ((image, separable), (steps, recurrent)):
        found = tfprune.profile(keras.Model(inputs, layer(Sign()(inputs))))
        assert found.layers[0].operands == ("1x1", "1x32")


def test_calls_of_a_shared_layer_count_by_their_own_inputs():
    inputs = keras.Input((7,))
    layer = QuantDense(5, use_bias=False, kernel_quantizer="sign")
    outputs = layers.Add()([layer(Sign()(inputs)), layer(inputs)])
    found = tfprune.profile(keras.Model(inputs, outputs))
    assert found.macs == 2 * 35
    assert found.binary_macs == 35


def test_a_model_made_for_integers_multiplies_integers():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, activation="relu")(inputs)
    x = layers.Flatten()(layers.MaxPooling2D(2)(x))
    model = keras.Model(inputs, layers.Dense(2)(x))
    data = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype("float32")
    aware = tfprune.quantize_aware(model, representative_data=data)
    found = [x.operands for x in tfprune.profile(aware).layers if x.operands]
    assert found == [("8x8",), ("8x8",)]
