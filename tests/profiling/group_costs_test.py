"""What a channel costs is what a model loses with it."""

import keras
import numpy as np
from keras import layers

import tfprune
from tests.testing import randomize
from tfprune.profiling import GroupCosts


def network() -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, padding="same", name="stem")(inputs)
    y = layers.Conv2D(6, 3, padding="same", name="branch")(x)
    x = layers.BatchNormalization()(layers.Add()([x, y]))
    x = layers.Conv2D(5, 1, name="last")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return randomize(keras.Model(inputs, layers.Dense(4, name="out")(x)))


def test_a_channel_costs_what_its_removal_saves():
    model = network()
    graph = tfprune.trace(model)
    before = tfprune.profile(model)
    for group, cost in zip(
        graph.groups(), GroupCosts.of(graph).groups, strict=True
    ):
        if cost.frozen:
            continue
        keep = np.ones(int(graph.labels.max()) + 1, bool)
        keep[group.labels[2]] = False
        mask = tfprune.KeepMask.from_labels(graph, keep)
        after = tfprune.profile(tfprune.remove_channels(model, mask))
        assert before.parameters - after.parameters == cost.parameters
        assert before.macs - after.macs == cost.macs
        assert before.bytes - after.bytes == cost.bytes


def test_frozen_groups_tell_why():
    costs = GroupCosts.of(tfprune.trace(network()))
    (out,) = [x for x in costs.groups if x.group == "out"]
    assert "model output" in out.frozen[0]
    assert "frozen" in str(costs)
