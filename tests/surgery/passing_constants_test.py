"""Constants pass through slopes and numbers, and are absorbed behind them."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune
from tests.testing import randomize, set_weight, weight


class Scale(layers.Layer):
    """Multiplies by a number that it learns."""

    def build(self, shape):
        self.factor = self.add_weight(shape=(), name="factor")

    def call(self, x):
        return x * self.factor


class BatchSize(layers.Layer):
    """Multiplies by the number of examples, where it is known."""

    def call(self, x):
        return x * float(x.shape[0] or 1)

    def compute_output_shape(self, input_shape):
        return input_shape


BETWEEN = {
    "PReLU": layers.PReLU,
    "PReLU of a channel": lambda: layers.PReLU(shared_axes=[1, 2]),
    "PReLU of all": lambda: layers.PReLU(shared_axes=[1, 2, 3]),
    "x * 2.0": lambda: lambda x: x * 2.0,
    "2 * x": lambda: lambda x: 2 * x,
    "x * array": lambda: lambda x: x * np.float32(2.0),
    "ops.multiply": lambda: lambda x: ops.multiply(x, 2.0),
    "x + 1.0": lambda: lambda x: x + 1.0,
    "1.0 - x": lambda: lambda x: 1.0 - x,
    "x / 4": lambda: lambda x: x / 4,
    "2.0 / x": lambda: lambda x: 2.0 / (x + 30.0),
    "maximum": lambda: lambda x: ops.maximum(x, 0.3),
    "power": lambda: lambda x: ops.power(x, 2.0),
    "number of a layer": Scale,
}


def network(between) -> keras.Model:
    """Six channels, of which three are constants: 0, 0.5 and -0.5."""
    inputs = keras.Input((7, 7, 3))
    x = layers.Conv2D(6, 3, name="first")(inputs)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Conv2D(5, 3, name="second")(between(x))
    x = layers.GlobalAveragePooling2D()(x)
    model = randomize(keras.Model(inputs, layers.Dense(3)(x)))
    set_weight(model.get_layer("norm"), "gamma", [0, 2, 4], 0.0)
    set_weight(model.get_layer("norm"), "beta", [0, 2, 4], [0.0, 0.5, -0.5])
    return model


@pytest.mark.parametrize("name", BETWEEN)
def test_constants_are_absorbed_behind(name):
    model = network(BETWEEN[name]())
    # Slopes that differ between places make no constant of what is negative.
    dead = 2 if name == "PReLU" else 3
    assert tfprune.dead_channels(model).dead == {"first": dead}
    small = tfprune.strip(model)
    assert small.get_layer("first").filters == 6 - dead
    assert tfprune.compare(model, small).difference.relative < 1e-5


def test_slopes_that_agree_at_all_places_make_a_constant():
    model = network(layers.PReLU(name="slopes"))
    slopes = weight(model.get_layer("slopes"), "alpha")
    slopes[..., 4] = 0.25
    model.get_layer("slopes").alpha.assign(slopes)
    small = tfprune.strip(model)
    assert small.get_layer("first").filters == 3
    np.testing.assert_array_equal(
        weight(small.get_layer("slopes"), "alpha"), slopes[..., [1, 3, 5]]
    )


def test_nothing_is_known_behind_a_division_by_zero():
    model = network(lambda x: ops.minimum(1.0 / x, 5.0))
    found = tfprune.dead_channels(model)
    assert found.dead == {"first": 2}
    assert all(np.isfinite(x).all() for x in found.weights.values())


@pytest.mark.parametrize("flatten", [None, False])
def test_a_number_that_tells_a_size_is_no_constant(flatten):
    found = tfprune.dead_channels(network(BatchSize()), flatten=flatten)
    assert not found.dead
