"""The private layers of `keras.applications` are followed by name."""

import keras
import pytest
from keras import layers
from keras.src.applications.convnext import LayerScale, StochasticDepth
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

import tfprune
from tests.testing import randomize, removal_difference, set_weight
from tfprune.graph import trace


def block():
    """A residual block as ConvNeXt and Inception-ResNet have them."""
    inputs = keras.Input((6, 6, 3))
    x = layers.Conv2D(6, 1, name="stem")(inputs)
    y = layers.LayerNormalization(epsilon=1e-6)(x)
    y = layers.Dense(12, activation="gelu", name="wide")(y)
    y = layers.Dense(6, name="narrow")(y)
    y = LayerScale(1e-6, 6, name="scale")(y)
    y = StochasticDepth(0.2)(y)
    x = layers.Add()([x, y])
    x = CustomScaleLayer(0.3)([x, layers.Conv2D(6, 3, padding="same")(x)])
    x = layers.GlobalAveragePooling2D()(x)
    return randomize(keras.Model(inputs, layers.Dense(4)(x)))


@pytest.mark.parametrize("seed", range(3))
def test_removed_equals_masked(seed):
    assert removal_difference(block(), seed).relative < 1e-5


def test_the_block_can_be_pruned_inside_and_along_the_shortcut():
    graph = trace(block())
    assert not graph.unknown()
    assert all(x.prunable for x in graph.group_of("stem"))
    assert all(x.prunable for x in graph.group_of("wide"))


def test_a_branch_of_zero_scale_is_cut_to_one_channel():
    inputs = keras.Input((6, 6, 3))
    x = layers.Conv2D(6, 1, name="stem")(inputs)
    y = layers.Dense(5, activation="relu", name="inside")(x)
    y = LayerScale(1e-6, 5, name="scale")(y)
    y = layers.Dense(6, name="out")(y)
    x = layers.Add()([x, StochasticDepth(0.2)(y)])
    x = layers.GlobalAveragePooling2D()(x)
    model = randomize(keras.Model(inputs, layers.Dense(4)(x)))
    set_weight(model.get_layer("scale"), "gamma", [0, 2, 3], 0.0)
    small = tfprune.strip(model)
    assert small.get_layer("inside").units == 2
    assert small.get_layer("scale").projection_dim == 2
