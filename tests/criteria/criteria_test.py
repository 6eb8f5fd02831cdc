"""Contract of every criterion, and the scores of known weights."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize
from tfprune.criteria import CRITERIA, L1Norm, L2Norm


def network() -> keras.Model:
    inputs = keras.Input((6, 6, 2))
    x = layers.Conv2D(5, 3, name="conv")(inputs)
    x = layers.ReLU()(layers.BatchNormalization(name="norm")(x))
    return randomize(keras.Model(inputs, layers.Dense(3)(layers.Flatten()(x))))


def permuted(model: keras.Model, order: list[int]) -> keras.Model:
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    for layer in (copy.get_layer("conv"), copy.get_layer("norm")):
        for weight in layer.weights:
            array = keras.ops.convert_to_numpy(weight)
            weight.assign(array[..., order])
    return copy


@pytest.mark.parametrize("name", CRITERIA.names())
def test_scores_are_one_finite_number_a_channel(name):
    for group in tfprune.trace(network()).groups():
        scores = CRITERIA.get(name).scores(group)
        assert scores is None or scores.shape == (group.width,)
        assert scores is None or np.isfinite(scores).all()


@pytest.mark.parametrize("name", CRITERIA.names())
def test_scores_are_finite_on_zero_weights(name):
    model = network()
    for weight in model.weights:
        weight.assign(np.zeros(weight.shape))
    (group,) = tfprune.trace(model).group_of("conv")
    scores = CRITERIA.get(name).scores(group)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", sorted(set(CRITERIA.names()) - {"random"}))
def test_scores_permute_with_the_channels(name):
    model, order = network(), [3, 0, 4, 1, 2]
    (group,) = tfprune.trace(model).group_of("conv")
    (other,) = tfprune.trace(permuted(model, order)).group_of("conv")
    criterion = CRITERIA.get(name)
    np.testing.assert_allclose(
        criterion.scores(other), criterion.scores(group)[order]
    )


def test_norms_of_known_filters():
    model = network()
    kernel = np.zeros((3, 3, 2, 5))
    kernel[0, 0, 0] = [1, 2, 3, 4, 5]
    kernel[1, 2, 1] = [-1, 0, 4, -3, 12]
    model.get_layer("conv").kernel.assign(kernel)
    (group,) = tfprune.trace(model).group_of("conv")
    np.testing.assert_allclose(L1Norm().scores(group), [2, 2, 7, 7, 17])
    np.testing.assert_allclose(
        L2Norm().scores(group), [2**0.5, 2, 5, 5, 13], rtol=1e-6
    )


def test_tied_filters_count_together():
    inputs = keras.Input((4,))
    first, second = layers.Dense(3, name="a"), layers.Dense(3, name="b")
    x = layers.Add()([first(inputs), second(inputs)])
    model = keras.Model(inputs, layers.Dense(2)(x))
    first.kernel.assign(np.full((4, 3), 1.0))
    second.kernel.assign(np.full((4, 3), 2.0))
    (group,) = tfprune.trace(model).group_of("a")
    np.testing.assert_allclose(L1Norm().scores(group), [12, 12, 12])
