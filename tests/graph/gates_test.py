"""Gates in the channel graph: removed equals masked, and whose they are."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune
from tests.testing import randomize, removal_difference
from tfprune.gates import GATES, Gate, HardConcrete

SHAPES = {"vector": (6,), "steps": (5, 6), "image": (4, 4, 6)}


def gated(gate: Gate, shape: tuple[int, ...]) -> keras.Model:
    inputs = keras.Input((*shape[:-1], 3))
    x = layers.Dense(shape[-1], activation="tanh", name="first")(inputs)
    x = gate(x)
    x = layers.Flatten()(x) if len(shape) > 1 else x
    return randomize(keras.Model(inputs, layers.Dense(4)(x)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", GATES.names())
def test_removed_equals_masked(name, shape):
    model = gated(GATES.get(name), SHAPES[shape])
    for seed in range(2):
        assert removal_difference(model, seed).relative < 1e-5


def test_the_location_belongs_to_the_channels():
    model = gated(HardConcrete(name="gate"), SHAPES["image"])
    (group,) = tfprune.trace(model).group_of("first")
    assert group.prunable
    found = {(x.axis.layer, x.axis.weight) for x in group.slices}
    assert ("gate", "location") in found


def test_a_gate_along_another_axis_freezes_the_channels():
    model = gated(HardConcrete(axis=1, name="gate"), SHAPES["image"])
    (group,) = tfprune.trace(model).group_of("first")
    assert not group.prunable
    assert "the channels lie elsewhere" in str(group)


class Steep(HardConcrete):
    """A gate of the user's, drawn in another way."""

    def settled(self, location):
        return ops.cast(location > 0, "float32")


class Mixing(HardConcrete):
    """No gate: it mixes channels."""

    def call(self, inputs, training=False):
        return super().call(ops.roll(inputs, 1, axis=-1))


def test_a_gate_of_the_users_is_known_while_it_calls_alike():
    steep = gated(Steep(name="gate"), SHAPES["vector"])
    assert not tfprune.trace(steep).unknown()
    steep.get_layer("gate").location.assign(np.float32([-1, 1, -1, 1, 1, 1]))
    assert tfprune.dead_channels(steep).dead == {"first": 2}
    mixing = gated(Mixing(name="gate"), SHAPES["vector"])
    assert tfprune.trace(mixing).group_of("first")[0].frozen


def test_a_gate_at_each_time_step():
    inputs = keras.Input((5, 3))
    x = layers.Dense(6, activation="tanh", name="first")(inputs)
    x = layers.TimeDistributed(HardConcrete())(x)
    x = layers.Dense(4)(layers.Flatten()(x))
    model = randomize(keras.Model(inputs, x))
    assert removal_difference(model).relative < 1e-5
