"""Groups own the positions at which their channels occur."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.graph.random_networks import random_network, seeded


def dense_stack():
    """Every layer reads all layers before it."""
    x = inputs = keras.Input((4, 4, 3))
    for width in (4, 2, 3):
        y = layers.Conv2D(width, 1, activation="relu")(x)
        x = layers.Concatenate()([x, y])
    x = layers.Flatten()(layers.ZeroPadding2D()(x))
    return keras.Model(inputs, layers.Dense(2)(x))


NETWORKS = {
    "concatenations": dense_stack,
    "images": lambda: random_network("images", seeded(3)),
    "composites": lambda: random_network("composites", seeded(5)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_slices_are_all_places_of_the_channels(name):
    graph = tfprune.trace(NETWORKS[name]())
    axes = {(id(x.variable), x.axis): x for x in graph.axes}
    labels = np.append(graph.labels, -1)
    total = 0
    for group in graph.groups():
        found = {(id(x.axis.variable), x.axis.axis): x for x in group.slices}
        for key, axis in axes.items():
            places = np.flatnonzero(np.isin(labels[axis.ids], group.labels))
            assert (key in found) == bool(places.size)
            if key in found:
                np.testing.assert_array_equal(found[key].positions, places)
                channels = group.labels[found[key].channels]
                np.testing.assert_array_equal(
                    channels, labels[axis.ids[places]]
                )
                assert found[key].width == group.width
                total += 1
    assert total == sum(len(group.slices) for group in graph.groups())
