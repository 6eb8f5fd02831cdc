"""What a trace says of models: groups, ties, what is frozen and why."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize, removal_difference
from tfprune.errors import InvalidInputError


def group(model, layer):
    (found,) = tfprune.trace(model).group_of(layer)
    return found


def residual() -> keras.Model:
    inputs = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(6, 3, padding="same", name="stem")(inputs)
    y = layers.Conv2D(6, 3, padding="same", name="branch")(x)
    x = layers.Add()([x, y])
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(4, name="out")(x))


def test_a_residual_connection_ties_its_branches():
    found = group(residual(), "stem")
    assert found.width == 6
    assert found.producers == ("stem", "branch")
    assert group(residual(), "branch").producers == found.producers


def test_the_graph_prints_groups_widths_and_reasons():
    text = str(tfprune.trace(residual()))
    assert "2 groups, 6 prunable channels" in " ".join(text.split())
    assert "'out' (4 channels) by 'out': model output" in text


def test_a_group_prints_every_slice():
    text = str(group(residual(), "stem"))
    assert "out  stem.kernel (3, 3, 3, 6) axis 3: 6 positions" in text
    assert "in  out.kernel (6, 4) axis 0: 6 positions" in text


def test_flatten_gives_each_channel_its_places():
    inputs = keras.Input((4, 4, 3))
    x = layers.Flatten()(layers.Conv2D(5, 1, name="conv")(inputs))
    found = group(keras.Model(inputs, layers.Dense(2)(x)), "conv")
    (rows,) = [part for part in found.slices if part.axis.role == "in"]
    assert len(rows.positions) == 16 * 5
    np.testing.assert_array_equal(rows.channels, np.tile(np.arange(5), 16))


def test_a_concatenation_splits_what_is_added_to_it():
    inputs = keras.Input((4, 4, 3))
    a = layers.Conv2D(4, 1, name="a")(inputs)
    b = layers.Conv2D(2, 1, name="b")(inputs)
    c = layers.Conv2D(6, 1, name="c")(inputs)
    x = layers.Add()([layers.Concatenate()([a, b]), c])
    model = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)))
    widths = [found.width for found in tfprune.trace(model).group_of("c")]
    assert sorted(widths) == [2, 4]


def test_a_broadcast_gate_is_kept_and_ties_nothing():
    inputs = keras.Input((4, 4, 3))
    x = layers.Conv2D(6, 1, name="conv")(inputs)
    gate = layers.Conv2D(1, 1, activation="sigmoid", name="gate")(x)
    x = layers.Multiply()([x, gate])
    model = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)))
    assert group(model, "conv").width == 6
    assert "is broadcast" in str(group(model, "gate").frozen[0])


class Sorted(layers.Layer):
    """Sorts the channels: no graph of ids can follow it."""

    def call(self, inputs):
        return keras.ops.sort(inputs, axis=-1)


def test_what_sorts_channels_freezes_them():
    inputs = keras.Input((4,))
    x = layers.Dense(6, name="before")(inputs)
    x = Sorted(name="sorted")(x)
    x = layers.Dense(5, name="after")(x)
    model = keras.Model(inputs, layers.Dense(2)(x))
    frozen = group(model, "before").frozen
    assert "'sorted/sort': works along the channels" in str(frozen[0])
    assert group(model, "after").prunable
    assert removal_difference(randomize(model)).relative < 1e-5


def test_an_unknown_operation_freezes():
    inputs = keras.Input((4,))
    x = layers.Dense(6, name="before")(inputs)
    x = keras.ops.cross(x[:, :3], x[:, 3:])
    x = layers.Dense(5, name="after")(x)
    model = randomize(keras.Model(inputs, layers.Dense(2)(x)))
    first, _ = tfprune.trace(model).group_of("before")
    frozen = first.frozen
    assert "'cross': no handler for Cross" in str(frozen[0])
    assert "@tfprune.handles" in str(frozen[0])
    assert group(model, "after").prunable
    assert "Unknown: 'cross' (Cross)" in str(tfprune.trace(model))
    assert removal_difference(model).relative < 1e-5


def test_a_constant_array_follows_what_it_is_added_to():
    inputs = keras.Input((4,))
    x = layers.Dense(6, name="before")(inputs)
    x = x + np.arange(6.0, dtype="float32")
    model = randomize(keras.Model(inputs, layers.Dense(2)(x)))
    assert group(model, "before").prunable
    assert removal_difference(model).relative < 1e-5


def test_a_number_freezes_nothing():
    inputs = keras.Input((4,))
    x = 2.0 * layers.Dense(6, name="before")(inputs) + 1.0
    model = keras.Model(inputs, layers.Dense(2)(x))
    assert group(model, "before").prunable


def test_an_unknown_activation_freezes_until_it_is_declared():
    def cubed(x):
        return x**3

    inputs = keras.Input((4,))
    x = layers.Dense(6, activation=cubed, name="hidden")(inputs)
    model = keras.Model(inputs, layers.Dense(2)(x))
    assert "@tfprune.elementwise" in str(group(model, "hidden").frozen[0])
    tfprune.elementwise(cubed)
    assert group(model, "hidden").prunable


def test_softmax_freezes_the_channels_it_mixes():
    inputs = keras.Input((4,))
    x = layers.Dense(6, activation="softmax", name="hidden")(inputs)
    model = keras.Model(inputs, layers.Dense(2)(x))
    assert "softmax mixes channels" in str(group(model, "hidden").frozen[0])


def test_several_inputs_and_outputs():
    left = keras.Input((6, 6, 3), name="left")
    right = keras.Input((6, 6, 2), name="right")
    a = layers.Conv2D(5, 3, padding="same", name="a")(left)
    b = layers.Conv2D(5, 3, padding="same", name="b")(right)
    x = layers.Add()([a, b])
    outputs = {
        "map": layers.Conv2D(2, 1, name="map")(x),
        "score": layers.Dense(3, name="score")(layers.Flatten()(x)),
    }
    model = randomize(keras.Model({"left": left, "right": right}, outputs))
    assert group(model, "a").producers == ("a", "b")
    assert not group(model, "map").prunable
    small = tfprune.prune(model, sparsity=0.4)
    data = {"left": np.ones((2, 6, 6, 3)), "right": np.ones((2, 6, 6, 2))}
    assert set(small(data)) == {"map", "score"}


def test_channels_first_lies_on_the_first_axis():
    inputs = keras.Input((3, 8, 8))
    x = layers.Conv2D(6, 3, data_format="channels_first", name="a")(inputs)
    x = layers.BatchNormalization(axis=1)(x)
    x = layers.Conv2D(4, 3, data_format="channels_first", name="b")(x)
    model = keras.Model(inputs, x)
    assert group(model, "a").width == 6
    assert group(model, "a").prunable


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("a path", r"Expected a keras.Model. Received: builtins.str"),
        (keras.Sequential([layers.Dense(2)]), "is not built"),
    ],
)
def test_what_is_no_built_model_is_refused(model, text):
    with pytest.raises(InvalidInputError, match=text):
        tfprune.trace(model)


class Subclassed(keras.Model):
    """A model whose graph Keras does not know."""

    def call(self, inputs):
        return inputs


def test_a_subclassed_model_that_is_not_built_is_refused_with_the_remedy():
    with pytest.raises(InvalidInputError, match=r"keras.Model\(inputs, model"):
        tfprune.trace(Subclassed())
