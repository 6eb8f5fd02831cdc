"""Wrong handlers and layers that cannot be followed are named."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune
from tests.testing import randomize, removal_difference
from tfprune.errors import InvalidInputError


class Doubling(layers.Layer):
    """A layer whose handlers below are wrong."""

    def build(self, shape):
        self.factor = self.add_weight(shape=(shape[-1],))

    def call(self, x):
        return 2 * x * self.factor


class WrongLength(Doubling):
    """Its handler forgets a channel."""

    def call(self, x):
        return super().call(x)


class WrongAxis(WrongLength):
    """Its handler names an axis that the weight does not have."""

    def call(self, x):
        return super().call(x)


class WrongNumber(WrongLength):
    """Its handler returns an output too many."""

    def call(self, x):
        return super().call(x)


class WrongIds(WrongLength):
    """Its handler gives a weight too few ids."""

    def call(self, x):
        return super().call(x)


@tfprune.handles(WrongLength)
def wrong_length(layer, inputs, channels):
    return tfprune.Binding(output=inputs[0].ids[..., :-1])


@tfprune.handles(WrongAxis)
def wrong_axis(layer, inputs, channels):
    ids = channels.along(inputs[0], -1)
    axes = (tfprune.WeightAxis("factor", 1, ids, "out"),)
    return tfprune.Binding(output=inputs[0].ids, axes=axes)


@tfprune.handles(WrongNumber)
def wrong_number(layer, inputs, channels):
    return tfprune.Binding(output=(inputs[0].ids, inputs[0].ids))


@tfprune.handles(WrongIds)
def wrong_ids(layer, inputs, channels):
    ids = channels.along(inputs[0], -1)[1:]
    axes = (tfprune.WeightAxis("factor", 0, ids, "out"),)
    return tfprune.Binding(output=inputs[0].ids, axes=axes)


def network(block):
    inputs = keras.Input((5,))
    x = layers.Dense(6, activation="tanh", name="before")(inputs)
    x = layers.Dense(7, activation="tanh", name="after")(block(x))
    return randomize(keras.Model(inputs, layers.Dense(3)(x), name="network"))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (WrongLength, r"handler of 'block' returned ids of shape \(1, 5\)"),
        (WrongAxis, "handler of 'block' names axis 1 of 'factor'"),
        (WrongNumber, "handler of 'block' returned 2 outputs"),
        (WrongIds, r"handler of 'block' gives \(5,\) ids for axis 0"),
    ],
)
def test_a_wrong_handler_is_named(kind, text):
    with pytest.raises(InvalidInputError, match=text):
        tfprune.trace(network(kind(name="block")))


class Eager(layers.Layer):
    """Its `call` wants numbers."""

    def call(self, x):
        if isinstance(x, keras.KerasTensor):
            raise TypeError("numbers, please")
        return ops.relu(x)

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


class OfTensorFlow(layers.Layer):
    """Its `call` leaves Keras."""

    def call(self, x):
        import tensorflow as tf

        return tf.math.cumsum(x, axis=-1)


class Again(layers.Layer):
    """Calls itself."""

    def call(self, x, depth=0):
        return self(x, depth=depth + 1)

    def compute_output_spec(self, x, depth=0):
        return keras.KerasTensor(x.shape, x.dtype)


def check_frozen(model, text):
    graph = tfprune.trace(model)
    (before,) = graph.group_of("before")
    reasons = " ".join(map(str, before.frozen))
    assert text in reasons
    assert "'block'" in reasons
    assert all(group.prunable for group in graph.group_of("after"))
    return reasons


def test_a_call_that_raises_freezes_what_is_around_it():
    model = network(Eager(name="block"))
    reasons = check_frozen(model, "(TypeError: numbers, please)")
    assert "write it with keras.ops, or train with masks" in reasons
    for seed in range(2):
        assert removal_difference(model, seed).relative < 1e-5


def test_a_call_that_leaves_keras_freezes_what_is_around_it():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("the call needs TensorFlow")
    model = network(OfTensorFlow(name="block"))
    assert "keras.ops" in check_frozen(model, "fails on symbolic tensors")
    for seed in range(2):
        assert removal_difference(model, seed).relative < 1e-5


def test_a_call_that_calls_itself_is_reported():
    check_frozen(network(Again(name="block")), "its call")


def test_a_model_without_prunable_channels_is_refused():
    inputs = keras.Input((5,))
    model = keras.Model(inputs, layers.Dense(3)(inputs), name="only_head")
    with pytest.raises(InvalidInputError, match=r"'only_head'.*tfprune.trace"):
        tfprune.prune(model, sparsity=0.5)


class Forgetful(layers.Layer):
    """Its config says nothing of how many layers it holds."""

    def __init__(self, count=1, **kwargs):
        super().__init__(**kwargs)
        self.parts = [layers.Dense(6) for _ in range(count)]

    def build(self, shape):
        for part in self.parts:
            part.build(shape)

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x

    def get_config(self):
        return {"name": self.name}


def test_a_config_that_lacks_parts_is_named():
    model = network(Forgetful(2, name="block"))
    with pytest.raises(InvalidInputError, match=r"'block' \(Forgetful\).*1"):
        tfprune.prune(model, sparsity=0.5, flatten=False)
    x = np.ones((2, 5), "float32")
    assert tfprune.prune(model, sparsity=0.5)(x).shape == (2, 3)
