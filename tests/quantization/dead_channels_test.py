"""Filters whose weights are zero, which have a scale all the same."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.quantization.exported import steps_apart
from tests.quantization.networks import IMAGE, images


def block(dead):
    """A residual that a convolution with dead filters adds to.

    Args:
        dead: Which of its 3 filters are dead.
    """
    inputs = keras.Input(IMAGE)
    x = layers.Conv2D(3, 3, padding="same", name="alive")(inputs)
    y = layers.ReLU()(x)
    y = layers.Conv2D(3, 3, padding="same", use_bias=False, name="dying")(y)
    norm = layers.BatchNormalization()
    x = layers.ReLU()(layers.Add()([x, norm(y)]))
    gamma = np.ones(3)
    gamma[dead] = 0
    norm.gamma.assign(gamma)
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(x))


@pytest.mark.parametrize(
    "dead, words",
    [
        ([1], r"'dying' the weights of channels \[1\] are zero"),
        ([0, 1, 2], "'dying' all weights are zero"),
    ],
)
def test_a_dead_filter_is_quantized_exactly_and_named(dead, words, tmp_path):
    model, x = block(dead), images()
    with pytest.warns(UserWarning, match=words):
        aware = tfprune.quantize_aware(model, representative_data=x)
    dying = aware.get_layer("dying")
    assert (np.array(dying.quantized_kernel())[..., dead] == 0).all()
    grid = dying.kernel_quantizer.grid()
    assert (grid.scale[dead] == grid.scale.max()).all()
    np.testing.assert_allclose(aware(x), model(x), atol=0.05)
    if len(dead) == 3:
        # Before it can be exported, all that it adds must not be zero.
        aware.compile(keras.optimizers.SGD(0.1), "mse")
        aware.fit(x, np.ones((len(x), 3)), batch_size=4, verbose=0)
        assert (np.array(dying.quantized_kernel()) != 0).any()
    assert steps_apart(aware, tmp_path, x).max() <= 1.001


def test_all_weights_of_a_dense_layer_may_be_zero(tmp_path):
    inputs = keras.Input((4,))
    model = keras.Model(
        inputs, layers.Dense(3, kernel_initializer="zeros")(inputs)
    )
    model.layers[-1].bias.assign([1.0, -2.0, 0.5])
    x = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
    with pytest.warns(UserWarning, match="all weights are zero"):
        aware = tfprune.quantize_aware(model, representative_data=x)
    np.testing.assert_allclose(aware(x), model(x), atol=0.02)
    assert steps_apart(aware, tmp_path, x).max() <= 1.001


def test_a_filter_that_died_in_training_can_be_exported(tmp_path):
    x = images()
    aware = tfprune.quantize_aware(block([]), representative_data=x)
    dying = aware.get_layer("dying")
    kernel = np.array(dying.kernel)
    kernel[..., 2] = 0
    dying.kernel.assign(kernel)
    aware.compile(keras.optimizers.SGD(0.0), "mse")
    aware.fit(x, np.zeros((len(x), 3)), verbose=0)
    assert float(dying.kernel_quantizer.high[2]) == 0
    assert steps_apart(aware, tmp_path, x, strip=False).max() <= 1.001
