"""Channels are penalized as a whole, over all layers that they lie in."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize, set_weight, weight
from tfprune import models
from tfprune.errors import InvalidInputError
from tfprune.optimizers import Proximal
from tfprune.regularizers import JointGroupLasso


def residual() -> keras.Model:
    """A stream of 6 channels that two convolutions and one norm write to."""
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, padding="same", name="stem")(inputs)
    y = layers.Conv2D(4, 3, padding="same", name="inner")(layers.ReLU()(x))
    y = layers.Conv2D(6, 3, padding="same", use_bias=False, name="outer")(y)
    y = layers.BatchNormalization(name="norm")(y)
    x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling2D()(x)
    return randomize(keras.Model(inputs, layers.Dense(2, name="out")(x)))


def penalties(model: keras.Model) -> dict[str, JointGroupLasso]:
    return {
        x.path: x.regularizer
        for x in model.trainable_variables
        if x.regularizer is not None
    }


def norms(model: keras.Model, *names: str) -> np.ndarray:
    """The norms of channels over several weights, those on the last axis."""
    squares = 0
    for name in names:
        layer, _, attribute = name.partition("/")
        array = weight(model.get_layer(layer), attribute)
        squares += (array.reshape(-1, array.shape[-1]) ** 2).sum(axis=0)
    return np.sqrt(squares)


def test_one_norm_spans_all_that_produces_a_channel():
    model = tfprune.penalize_groups(residual(), strength=0.5)
    stream = {
        "stem/kernel",
        "stem/bias",
        "outer/kernel",
        "norm/gamma",
        "norm/beta",
    }
    found = penalties(model)
    assert set(found) == stream | {"inner/kernel", "inner/bias"}
    assert {x for x in found if found[x].group == "stem"} == stream
    expected = norms(model, *stream), norms(model, "inner/kernel", "inner/bias")
    losses = [float(x) for x in model.losses]
    assert sum(losses) == pytest.approx(
        0.5 * sum(x.sum() for x in expected), rel=1e-5
    )


def test_readers_of_a_channel():
    model = tfprune.penalize_groups(
        residual(), strength=0.5, structure="channel", layers="stem"
    )
    found = penalties(model)
    assert set(found) == {"inner/kernel", "out/kernel"}
    inner = weight(model.get_layer("inner"), "kernel").swapaxes(2, 3)
    out = weight(model.get_layer("out"), "kernel").T
    both = np.concatenate([inner.reshape(-1, 6), out])
    assert sum(map(float, model.losses)) == pytest.approx(
        0.5 * np.linalg.norm(both, axis=0).sum(), rel=1e-5
    )


def test_channels_behind_a_flatten_own_several_rows():
    inputs = keras.Input((4, 4, 2))
    x = layers.Flatten()(layers.Conv2D(3, 3, name="conv")(inputs))
    model = randomize(keras.Model(inputs, layers.Dense(5, name="out")(x)))
    model = tfprune.penalize_groups(model, strength=1.0, structure="channel")
    rows = weight(model.get_layer("out"), "kernel").reshape(4, 3, 5)
    expected = np.sqrt((rows**2).sum(axis=(0, 2))).sum()
    assert sum(map(float, model.losses)) == pytest.approx(expected, rel=1e-5)


def test_parts_of_a_concatenation_are_groups_of_their_own():
    inputs = keras.Input((4,))
    x = layers.Dense(3, name="a")(inputs)
    y = layers.Dense(2, name="b")(inputs)
    x = layers.Concatenate()([x, y])
    model = randomize(keras.Model(inputs, layers.Dense(5, name="out")(x)))
    model = tfprune.penalize_groups(model, strength=1.0, structure="channel")
    rows = weight(model.get_layer("out"), "kernel")
    assert sum(map(float, model.losses)) == pytest.approx(
        np.linalg.norm(rows, axis=1).sum(), rel=1e-5
    )


STREAM = ("stem/kernel", "stem/bias", "outer/kernel", "norm/gamma", "norm/beta")


def test_training_makes_channels_of_a_stream_vanish_and_strip_removes_them():
    keras.utils.set_random_seed(0)
    model = residual()
    for name in STREAM:
        layer, _, attribute = name.partition("/")
        array = weight(model.get_layer(layer), attribute)
        array[..., [1, 4]] *= 0.1
        getattr(model.get_layer(layer), attribute).assign(array)
    model = tfprune.penalize_groups(model, strength=0.5)
    model.compile(Proximal(keras.optimizers.SGD(0.1)), "mse")
    x = np.random.default_rng(0).normal(size=(64, 8, 8, 3))
    y = x.mean(axis=(1, 2))[:, :2]
    # Twelve steps of 0.05: the two short channels vanish, no other does.
    model.fit(x, y, batch_size=16, epochs=3, verbose=0)
    np.testing.assert_array_equal(
        norms(model, *STREAM) == 0, [0, 1, 0, 0, 1, 0]
    )
    small = tfprune.strip(model)
    assert small.get_layer("stem").filters == 4
    assert small.get_layer("outer").filters == 4


def test_strengths_are_in_proportion_to_the_macs_saved():
    model = tfprune.penalize_groups(residual(), strength=0.1, cost="macs")
    inner = 64 * 9 * (6 + 6)
    stem = 64 * 9 * (3 + 4 + 4) + 2
    mean = (4 * inner + 6 * stem) / 10
    found = penalties(model)
    assert found["inner/bias"].strength == pytest.approx(0.1 * inner / mean)
    assert found["norm/beta"].strength == pytest.approx(0.1 * stem / mean)


def test_weights_stay_and_the_original_is_left_alone():
    model = residual()
    penalized = tfprune.penalize_groups(model, strength=0.1)
    assert not model.losses
    for old, new in zip(
        model.get_weights(), penalized.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("name", ["mobilenet_v2", "residual_cnn"])
def test_networks_of_the_package(name):
    model = tfprune.penalize_groups(
        models.get(name)(), strength=0.1, cost="parameters"
    )
    assert np.isfinite(sum(map(float, model.losses)))
    assert all(x.linked for x in penalties(model).values())


def test_layers_that_do_not_train_are_left_alone_unless_they_are_named():
    model = residual()
    model.get_layer("outer").trainable = False
    assert set(penalties(tfprune.penalize_groups(model, strength=0.1))) == {
        "inner/kernel",
        "inner/bias",
    }
    with pytest.raises(
        InvalidInputError,
        match="'stem' cannot be penalized: 'outer.kernel' is not trainable. L",
    ):
        tfprune.penalize_groups(model, strength=0.1, layers="stem")


def test_a_group_that_the_graph_froze_is_refused_by_name():
    with pytest.raises(
        InvalidInputError, match="'out' cannot be penalized: they are frozen by"
    ):
        tfprune.penalize_groups(residual(), strength=0.1, layers="out")


def test_a_second_penalty_is_refused():
    model = tfprune.penalize_groups(residual(), strength=0.1)
    with pytest.raises(
        InvalidInputError, match="of layer 'stem' has a JointGroupLasso already"
    ):
        tfprune.penalize_groups(model, strength=0.1)


def test_channels_with_a_gate_are_refused():
    model = tfprune.insert_gates(residual(), strength=0.1)
    with pytest.raises(InvalidInputError, match="have a HardConcrete on"):
        tfprune.penalize_groups(model, strength=0.1)


def test_nan_is_refused():
    model = residual()
    set_weight(model.get_layer("outer"), "kernel", (0, 0, 0, 0), np.nan)
    with pytest.raises(
        InvalidInputError, match="'kernel' of layer 'outer' holds NaN"
    ):
        tfprune.penalize_groups(model, strength=0.1)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"strength": 0.1, "cost": "mac"}, "macs, parameters or None"),
        ({"strength": -1.0}, "strength"),
        ({"strength": 0.1, "structure": "filters"}, "one of filter, channel"),
        ({"strength": "1e-3"}, "Expected strength of penalize_groups"),
        ({"strength": 0.1, "layers": "conv"}, "No layer's name matches 'conv'"),
    ],
)
def test_wrong_arguments_are_refused(arguments, text):
    with pytest.raises(InvalidInputError, match=text):
        tfprune.penalize_groups(residual(), **arguments)


def test_a_model_without_channels_is_refused():
    inputs = keras.Input((4,))
    model = keras.Model(inputs, layers.Dense(3)(inputs))
    with pytest.raises(InvalidInputError, match="no channels that could be"):
        tfprune.penalize_groups(model, strength=0.1)
