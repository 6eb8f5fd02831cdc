"""Uses of layers that their handlers do not follow freeze, with a reason."""

import keras
import pytest
from keras import layers, ops

from tests.testing import randomize, removal_difference
from tfprune.graph import trace


@keras.saving.register_keras_serializable(package="tests")
class MinimalCell(layers.Layer):
    """A recurrent cell of the user's own."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units))

    def call(self, inputs, states):
        output = ops.tanh(ops.matmul(inputs, self.kernel) + states[0])
        return output, [output]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="tests")
class GatedDense(layers.Dense):
    """A dense layer that is its own gate."""

    def call(self, inputs):
        x = super().call(inputs)
        return x * ops.sigmoid(x)


def wrapped_layer(x):
    x = layers.SpectralNormalization(GatedDense(5))(x)
    return layers.GlobalMaxPooling1D()(x)


def steps_of_channels(x):
    x = layers.TimeDistributed(layers.Dense(3))(layers.Permute((2, 1))(x))
    return layers.Flatten()(x)


def model_on_steps_of_channels(x):
    inner = keras.Sequential([layers.Dense(4), layers.Dense(3)])
    x = layers.TimeDistributed(inner)(layers.Permute((2, 1))(x))
    return layers.Flatten()(x)


USES = {
    "MinimalCell is not one of Keras'": lambda x: layers.RNN(MinimalCell(4))(x),
    "wraps GatedDense, which has no handler": wrapped_layer,
    "its channels lie along the time steps": steps_of_channels,
    "channels lie along the time steps": model_on_steps_of_channels,
    "normalizes axes that are not the last": lambda x: layers.Flatten()(
        layers.RMSNormalization(axis=1)(x)
    ),
    "normalizes over the axes [-1, 1]": lambda x: layers.Flatten()(
        layers.UnitNormalization(axis=[-1, 1])(x)
    ),
}


@pytest.mark.parametrize("reason", USES)
def test_it_is_frozen_and_named(reason):
    inputs = keras.Input((6, 3))
    x = layers.Dense(6, activation="tanh", name="before")(inputs)
    x = layers.Dense(5, activation="tanh", name="after")(USES[reason](x))
    model = randomize(keras.Model(inputs, layers.Dense(2)(x)))
    graph = trace(model)
    (before,) = graph.group_of("before")
    assert not before.prunable
    assert reason in " ".join(map(str, before.frozen))
    assert all(group.prunable for group in graph.group_of("after"))
    assert removal_difference(model).relative < 1e-5


def test_a_state_that_outlives_the_batch_freezes():
    inputs = keras.Input(batch_shape=(2, 5, 3))
    x = layers.Dense(6, name="before")(inputs)
    x = layers.LSTM(4, stateful=True)(x)
    graph = trace(keras.Model(inputs, layers.Dense(2)(x)))
    (before,) = graph.group_of("before")
    assert "keeps its states from batch to batch" in str(before.frozen[0])


def test_directions_of_different_widths_freeze():
    inputs = keras.Input((5, 3))
    x = layers.Dense(6, name="before")(inputs)
    back = layers.LSTM(3, go_backwards=True)
    both = layers.Bidirectional(
        layers.LSTM(4), backward_layer=back, merge_mode=None
    )
    outputs = [layers.Dense(2)(y) for y in both(x)]
    (before,) = trace(keras.Model(inputs, outputs)).group_of("before")
    assert "directions are of different widths" in str(before.frozen[0])


def test_a_constant_state_freezes_the_units():
    inputs = keras.Input(batch_shape=(2, 5, 3))
    x = layers.GRU(4, name="loop")(inputs, initial_state=ops.ones((2, 4)))
    (loop,) = trace(keras.Model(inputs, layers.Dense(2)(x))).group_of("loop")
    assert "starts from a constant state" in " ".join(map(str, loop.frozen))
