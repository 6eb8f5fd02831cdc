"""Networks around normalizations by statistics of each example."""

from keras import layers

from tests.graph.case import IMAGE, STEPS, VECTOR, VOLUME, Case, producer


def on_other_axis(layer):
    """Puts the channels on the first axis before the layer."""
    return lambda x: layer(layers.Permute((2, 1))(x))


def joined_with(layer, count):
    """Channels of two producers, of which one is normalized as well."""
    return lambda x: layer(layers.Concatenate()([x, producer(x, count)]))


def twice(layer):
    """One layer called on two tensors."""
    return lambda x: layers.Add()(
        [layer(x), layers.ReLU()(layer(producer(x, x.shape[-1])))]
    )


def on_both_axes(layer):
    """One layer called with the channels on either axis."""

    def build(x):
        y = layers.Permute((2, 1))(layer(layers.Permute((2, 1))(x)))
        return layers.Concatenate()([layer(producer(x, 6)), y])

    return build


def behind_sigmoid(layer):
    """What is masked is not zero where the layer reads it."""
    return lambda x: layer(layers.Activation("sigmoid")(x))


CASES = [
    Case(layers.LayerNormalization, VECTOR, layers.LayerNormalization()),
    Case(
        layers.LayerNormalization,
        STEPS,
        layers.LayerNormalization(epsilon=1e-6, scale=False),
        1,
    ),
    Case(
        layers.LayerNormalization,
        IMAGE,
        layers.LayerNormalization(center=False),
        2,
    ),
    Case(
        layers.LayerNormalization,
        IMAGE,
        layers.LayerNormalization(axis=[1, 2, 3]),
        3,
    ),
    Case(
        layers.LayerNormalization,
        IMAGE,
        layers.LayerNormalization(axis=(2, 3)),
        4,
    ),
    Case(
        layers.LayerNormalization, IMAGE, layers.LayerNormalization(axis=1), 5
    ),
    Case(
        layers.LayerNormalization,
        STEPS,
        on_other_axis(layers.LayerNormalization()),
        6,
    ),
    Case(
        layers.LayerNormalization,
        STEPS,
        on_other_axis(layers.LayerNormalization(axis=1)),
        7,
    ),
    Case(
        layers.LayerNormalization,
        IMAGE,
        joined_with(layers.LayerNormalization(), 3),
        8,
    ),
    Case(
        layers.LayerNormalization, STEPS, twice(layers.LayerNormalization()), 9
    ),
    Case(
        layers.LayerNormalization,
        VECTOR,
        behind_sigmoid(layers.LayerNormalization()),
        10,
    ),
    Case(layers.GroupNormalization, IMAGE, layers.GroupNormalization(2)),
    Case(layers.GroupNormalization, VOLUME, layers.GroupNormalization(1), 1),
    Case(layers.GroupNormalization, STEPS, layers.GroupNormalization(3), 2),
    Case(layers.GroupNormalization, VECTOR, layers.GroupNormalization(2), 3),
    Case(layers.GroupNormalization, IMAGE, layers.GroupNormalization(6), 4),
    Case(layers.GroupNormalization, IMAGE, layers.GroupNormalization(-1), 5),
    Case(
        layers.GroupNormalization,
        IMAGE,
        behind_sigmoid(layers.GroupNormalization(2, scale=False, center=False)),
        6,
    ),
    Case(
        layers.GroupNormalization,
        STEPS,
        on_other_axis(layers.GroupNormalization(2, axis=1)),
        7,
    ),
    Case(
        layers.GroupNormalization,
        IMAGE,
        joined_with(layers.GroupNormalization(3), 3),
        8,
    ),
    Case(layers.RMSNormalization, VECTOR, layers.RMSNormalization()),
    Case(
        layers.RMSNormalization,
        IMAGE,
        layers.RMSNormalization(axis=[1, 2, 3]),
        1,
    ),
    Case(
        layers.RMSNormalization,
        STEPS,
        behind_sigmoid(layers.RMSNormalization(epsilon=0.1)),
        2,
    ),
    Case(layers.UnitNormalization, STEPS, layers.UnitNormalization()),
    Case(
        layers.UnitNormalization,
        IMAGE,
        layers.UnitNormalization(axis=[1, 2, 3]),
        1,
    ),
    Case(
        layers.UnitNormalization,
        VECTOR,
        behind_sigmoid(layers.UnitNormalization()),
        2,
    ),
    Case(layers.UnitNormalization, STEPS, layers.UnitNormalization(axis=1), 3),
    Case(layers.UnitNormalization, STEPS, twice(layers.UnitNormalization()), 4),
    Case(
        layers.UnitNormalization,
        (6, 6),
        on_both_axes(layers.UnitNormalization()),
        5,
    ),
    Case(
        layers.GroupNormalization,
        IMAGE,
        twice(layers.GroupNormalization(2, scale=False, center=False)),
        9,
    ),
]
