"""A convolutional network that trains to exact zeros in two seconds.

Imports no backend by itself, so that a program can choose one first.
"""

import keras
import numpy as np

from tfprune.models import data
from tfprune.optimizers import Proximal
from tfprune.regularizers import L1, GroupLasso

WIDTH = 8

# Optimizers and the strengths, of filters and of scales, that suit them.
INNER = {
    "sgd": (lambda: keras.optimizers.SGD(0.05), 0.1, 0.2),
    "momentum": (
        lambda: keras.optimizers.SGD(0.01, momentum=0.9, weight_decay=1e-3),
        0.045,
        0.1,
    ),
    "adam": (lambda: keras.optimizers.Adam(0.01), 1.1, 1.1),
}


def trained_network(inner: str, jit_compile: bool) -> keras.Model:
    """Trains conv-BN-ReLU-average-dense for 96 updates on digits."""
    make, filters, scales = INNER[inner]
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(
                WIDTH, 3, kernel_regularizer=GroupLasso(filters), name="conv"
            ),
            keras.layers.BatchNormalization(
                gamma_regularizer=L1(scales),
                gamma_initializer=keras.initializers.RandomUniform(0.2, 2.0),
                name="norm",
            ),
            keras.layers.ReLU(),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    network.compile(
        Proximal(make()),
        loss="sparse_categorical_crossentropy",
        jit_compile=jit_compile,
    )
    digits = data.load("digits")
    network.fit(
        digits.x_train[:512],
        digits.y_train[:512],
        batch_size=16,
        epochs=3,
        verbose=0,
    )
    return network


def filters(network: keras.Model) -> np.ndarray:
    """The filters as rows."""
    kernel = keras.ops.convert_to_numpy(network.get_layer("conv").kernel)
    return kernel.reshape(-1, WIDTH).T


def scales(network: keras.Model) -> np.ndarray:
    """The scales of the normalization."""
    return keras.ops.convert_to_numpy(network.get_layer("norm").gamma)


def zero_filters(network: keras.Model) -> int:
    """Number of filters all of whose weights are exactly zero."""
    return int(np.sum(~np.any(filters(network), axis=1)))


def zero_scales(network: keras.Model) -> int:
    """Number of scales that are exactly zero."""
    return int(np.sum(scales(network) == 0))


def has_negative_zeros(network: keras.Model) -> bool:
    """Whether a zero has a sign, which is another pattern of bits."""
    weights = np.concatenate([filters(network).ravel(), scales(network)])
    return bool(np.any(np.signbit(weights[weights == 0])))
