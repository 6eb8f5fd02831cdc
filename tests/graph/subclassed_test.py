"""Subclassed models are traced through their `call`."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import random_keep_mask, randomize
from tfprune.errors import InvalidInputError
from tfprune.surgery import difference


class Classifier(keras.Model):
    """A model of one input."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(8, activation="relu")
        self.head = layers.Dense(3)

    def call(self, x):
        return self.head(self.hidden(x))


class Pair(keras.Model):
    """A model of two arguments."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first, self.second = layers.Dense(4), layers.Dense(4)

    def call(self, x, y):
        return self.first(x) + self.second(y)


class Around(layers.Layer):
    """Holds a functional and a subclassed model."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        inputs = keras.Input((8,))
        self.functional = keras.Model(inputs, layers.Dense(8)(inputs))
        self.classifier = Classifier()

    def build(self, shape):
        self.classifier.hidden.build(shape)
        self.classifier.head.build(shape)

    def call(self, x):
        return self.classifier(self.functional(x))


@pytest.mark.parametrize("flatten", [None, False])
def test_a_model_that_was_called_is_traced(flatten):
    model = Classifier()
    x = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    model(x)
    randomize(model)
    graph = tfprune.trace(model, flatten=flatten)
    assert [group.width for group in graph.groups() if group.prunable] == [8]
    keep = random_keep_mask(graph)
    masked = tfprune.mask_channels(model, keep, flatten=flatten)
    small = tfprune.remove_channels(model, keep, flatten=flatten)
    np.testing.assert_allclose(masked(x), small(x), rtol=1e-5, atol=1e-6)
    assert isinstance(small, Classifier) == (flatten is False)


def test_a_model_of_several_arguments_is_refused_with_the_remedy():
    model = Pair(name="pair")
    one, two = np.ones((2, 3), "float32"), np.ones((2, 5), "float32")
    model(one, two)
    with pytest.raises(InvalidInputError, match=r"'pair'.*model\(\*inputs\)"):
        tfprune.trace(model)


def test_the_remedy_helps():
    inputs = [keras.Input((3,)), keras.Input((5,))]
    x = layers.Dense(2)(Pair()(*inputs))
    model = randomize(keras.Model(inputs, x))
    (group,) = tfprune.trace(model).group_of("pair/first")
    assert group.prunable
    keep = random_keep_mask(tfprune.trace(model))
    masked = tfprune.mask_channels(model, keep)
    assert (
        difference(masked, tfprune.remove_channels(model, keep)).relative < 1e-5
    )


@pytest.mark.parametrize("flatten", [None, False])
def test_models_within_composite_layers(flatten):
    inputs = keras.Input((5,))
    x = Around(name="around")(layers.Dense(8)(inputs))
    model = randomize(keras.Model(inputs, x))
    graph = tfprune.trace(model, flatten=flatten)
    assert graph.group_of("around/classifier/hidden")
    keep = random_keep_mask(graph)
    masked = tfprune.mask_channels(model, keep, flatten=flatten)
    small = tfprune.remove_channels(model, keep, flatten=flatten)
    assert difference(masked, small).relative < 1e-5
