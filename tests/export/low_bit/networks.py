"""Small networks with layers of few bits."""

import keras
import numpy as np
from keras import layers

from tfprune.layers import (
    QuantConv1D,
    QuantConv2D,
    QuantConv2DTranspose,
    QuantConv3D,
    QuantDense,
    QuantDepthwiseConv2D,
    presets,
)
from tfprune.models.binary_mlp import binary_mlp
from tfprune.quantizers import Sign

SIGN_BY_SIGN = {"input_quantizer": "sign", "kernel_quantizer": "sign"}


def normalized(x):
    return layers.BatchNormalization(epsilon=1e-4)(x)


def shaken(model, spread=4.0, ties=True):
    """Normalizations of either slope, some flat, some with ties at zero.

    Args:
        model: The model.
        spread: How far thresholds lie from zero.
        ties: Whether some sums are to be on a threshold.
    """
    generator = np.random.default_rng(5)
    for layer in model.layers:
        if not isinstance(layer, layers.BatchNormalization):
            continue
        count = layer.gamma.shape[0]
        gamma, beta, mean = generator.normal(size=(3, count))
        gamma[::7] = 0.0
        if ties:
            beta[1::4], mean[1::4] = 0.0, 0.0
        layer.gamma.assign(gamma)
        layer.beta.assign(beta * spread / 4)
        layer.moving_mean.assign(mean * spread)
        layer.moving_variance.assign(generator.uniform(0.5, 20.0, count))
    return model


def images(generator, count, shape):
    """Inputs whose sums are exact in any order."""
    return generator.integers(-8, 9, (count, *shape)).astype("float32") / 8


def dense():
    """The perceptron of binarized networks, its scores normalized."""
    return binary_mlp(
        units=64, num_hidden=3, input_shape=(4, 4, 3), probabilities=False
    )


def convolutions(
    settings, first=dict, padding="same", strides=1, groups=1, pool=0
):
    inputs = keras.Input((8, 8, 4))
    x = normalized(QuantConv2D(16, 3, padding="same", **first())(inputs))
    x = QuantConv2D(
        32,
        3,
        padding=padding,
        strides=strides,
        groups=groups,
        use_bias=False,
        **settings(),
    )(x)
    if pool:
        x = layers.MaxPooling2D(pool)(x)
    x = normalized(x)
    x = normalized(QuantConv2D(24, 3, padding="same", **settings())(x))
    signs = Sign(name="signs")(x)
    x = QuantDense(20, **settings())(layers.Flatten()(x))
    x = normalized(x)
    scores = QuantDense(5, name="scores", **settings())(x)
    return keras.Model(inputs, [scores, signs])


def pools():
    """Normalizations of either slope before, between and behind poolings."""
    inputs = keras.Input((8, 8, 4))
    x = normalized(QuantConv2D(16, 3, **presets.binary_connect())(inputs))
    x = QuantConv2D(32, 3, padding="same", **presets.bnn())(x)
    x = layers.MaxPooling2D(2, strides=1)(x)
    x = layers.MaxPooling2D(2, strides=1)(normalized(x))
    x = normalized(layers.Reshape((16, 1, 32))(normalized(x)))
    x = normalized(layers.MaxPooling2D((2, 1))(x))
    signs = Sign(name="signs")(x)
    scores = QuantDense(5, **presets.bnn())(layers.Flatten()(x))
    return keras.Model(inputs, [scores, signs])


def depthwise():
    inputs = keras.Input((8, 8, 4))
    x = normalized(QuantConv2D(16, 1, **SIGN_BY_SIGN)(inputs))
    x = QuantDepthwiseConv2D(
        5, padding="same", depth_multiplier=2, **SIGN_BY_SIGN
    )(x)
    x = normalized(x)
    x = normalized(QuantConv2D(24, 1, **SIGN_BY_SIGN)(x))
    scores = QuantDense(5, **SIGN_BY_SIGN)(layers.Flatten()(x))
    return keras.Model(inputs, [scores, Sign(name="signs")(x)])


def other_convolutions():
    """Convolutions of one and three axes, and a transposed one."""
    inputs = keras.Input((8, 8, 4))
    x = QuantConv2DTranspose(16, 3, strides=2, **SIGN_BY_SIGN)(inputs)
    x = normalized(x)
    x = layers.Reshape((17, 17, 16, 1))(x)
    x = QuantConv3D(16, 3, strides=2, **SIGN_BY_SIGN)(x)
    x = layers.Reshape((64, 112))(x)
    x = normalized(QuantConv1D(16, 3, **SIGN_BY_SIGN)(x))
    scores = QuantDense(5, **SIGN_BY_SIGN)(layers.Flatten()(x))
    return keras.Model(inputs, [scores, Sign(name="signs")(x)])


def branches():
    """Signs that several layers read, joined, padded and pooled."""
    inputs = keras.Input((8, 8, 4))
    x = normalized(QuantConv2D(16, 3, padding="same")(inputs))
    signs = Sign()(x)
    left = Sign()(normalized(QuantConv2D(16, 3, **SIGN_BY_SIGN)(signs)))
    right = layers.MaxPooling2D(3, strides=1)(signs)
    x = layers.Concatenate()([left, right])
    x = layers.ZeroPadding2D(1)(x)
    x = QuantConv2D(16, 3, kernel_quantizer="sign")(x)
    x = Sign(name="signs")(normalized(x))
    real = layers.GlobalAveragePooling2D()(signs)
    joined = layers.Concatenate()([layers.Flatten()(x), real])
    return keras.Model(inputs, [layers.Dense(5)(joined), x])


def ternary():
    return {"kernel_quantizer": "ternary", "input_quantizer": "sign"}


def ternary_weights():
    return {"kernel_quantizer": "ternary"}


def linear_of_signs():
    return {
        **presets.qnn(4),
        "input_quantizer": "sign",
        "kernel_initializer": keras.initializers.RandomUniform(-1.0, 1.0),
    }


NETWORKS = {
    "binary_dense": dense,
    "binary": lambda: convolutions(presets.bnn, presets.binary_connect),
    "binary_pooled": lambda: convolutions(presets.bnn, pool=2),
    "binary_strided": lambda: convolutions(
        presets.bnn, padding="valid", strides=2
    ),
    "binary_grouped": lambda: convolutions(presets.bnn, groups=2),
    "binary_pools": pools,
    "depthwise": depthwise,
    "other_convolutions": other_convolutions,
    "branches": branches,
    "xnor": lambda: convolutions(presets.xnor, presets.bwn, pool=2),
    "xnor_scaled": lambda: convolutions(lambda: presets.xnor(True)),
    "ternary": lambda: convolutions(ternary, ternary_weights, pool=2),
    "dorefa": lambda: convolutions(lambda: presets.dorefa(2, 4)),
    "linear_of_signs": lambda: convolutions(linear_of_signs),
    "logarithmic": lambda: convolutions(lambda: presets.qnn(4, 4, True)),
}
# Keras multiplies by scales before it sums, and rounds the sums: there what
# lies on a threshold falls to either side.
ROUNDED = {"dorefa", "ternary", "xnor", "xnor_scaled"}
# Sums of small numbers, with thresholds as near to zero.
SMALL = ROUNDED | {"logarithmic"}


def build(name):
    """One network, with weights that are drawn anew but always alike."""
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(11)
    return shaken(
        NETWORKS[name](),
        spread=0.2 if name in SMALL else 4.0,
        ties=name not in ROUNDED,
    )
