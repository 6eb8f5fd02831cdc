"""Models and data that belong together, or do not."""

import keras
import numpy as np
import pytest

from tfprune import models
from tfprune.errors import InvalidInputError
from tfprune.tools.classifier import check_classifier, returns_logits


@pytest.fixture(scope="module")
def digits():
    return models.data.load("digits")


def network(units, *, activation=None, shape=(8, 8, 1)):
    x = keras.Input(shape)
    flat = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(x, keras.layers.Dense(units, activation)(flat))


@pytest.mark.parametrize("shape", [(8, 8, 1), (None, None, 1)])
@pytest.mark.parametrize("units", [10, 12])
def test_accepts_enough_classes_and_open_sizes(digits, shape, units):
    check_classifier(network(units, shape=shape), digits)


def test_refuses_too_few_classes(digits):
    with pytest.raises(InvalidInputError, match="each of the 10 classes"):
        check_classifier(network(9), digits)


def test_refuses_another_shape(digits):
    with pytest.raises(InvalidInputError, match=r"shape \(8, 8, 1\)"):
        check_classifier(network(10, shape=(8, 8, 3)), digits)


def test_refuses_two_outputs(digits):
    one = network(10)
    with pytest.raises(InvalidInputError, match="with one output"):
        check_classifier(keras.Model(one.input, [one.output] * 2), digits)


def test_tells_logits_from_probabilities(digits):
    assert returns_logits(network(10), digits)
    assert not returns_logits(network(10, activation="softmax"), digits)
    wide = network(10, activation="softmax")
    wide.layers[-1].kernel.assign(np.full((1, 10), 1e3))
    assert not returns_logits(wide, digits)
