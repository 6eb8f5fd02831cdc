"""Residual branches that are constant go with all of their layers."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize, set_weight
from tfprune.graph import trace


def blocks(padding: str = "same") -> keras.Model:
    """Two residual blocks, the second with a branch from the first's inside."""
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, padding="same", name="stem")(inputs)
    for block in ("first", "second"):
        y = layers.ReLU(name=f"{block}_relu")(x)
        y = layers.Conv2D(5, 3, padding="same", name=f"{block}_in")(y)
        y = layers.BatchNormalization(name=f"{block}_middle")(y)
        y = layers.ReLU()(y)
        y = layers.Conv2D(
            6, 3, padding="same", use_bias=False, name=f"{block}_out"
        )(y)
        y = layers.BatchNormalization(name=f"{block}_norm")(y)
        x = layers.Add(name=f"{block}_add")([x, y])
    x = layers.GlobalAveragePooling2D()(layers.ReLU()(x))
    return randomize(keras.Model(inputs, layers.Dense(4, name="head")(x)))


def names(model: keras.Model) -> set[str]:
    return {x.name for x in model.layers}


@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("block", ["first", "second"])
def test_a_branch_whose_last_kernel_is_zero_goes(block, shifted, tmp_path):
    model = blocks()
    set_weight(model.get_layer(f"{block}_out"), "kernel", np.s_[:], 0.0)
    if not shifted:
        set_weight(model.get_layer(f"{block}_norm"), "moving_mean", ..., 0.0)
        set_weight(model.get_layer(f"{block}_norm"), "beta", ..., 0.0)
    found = tfprune.dead_channels(model)
    assert found.as_dict()["branches_removed_at"] == [f"{block}_add"]
    assert f"'{block}_add' adds a branch that is constant" in str(found)
    small = tfprune.strip(model)
    gone = {x for x in names(model) if x.startswith(block)}
    assert not gone & names(small)
    assert names(small) >= {"stem", "head"}
    assert tfprune.compare(model, small).difference.relative < 1e-5
    path = tmp_path / "small.keras"
    small.save(path)
    loaded = keras.saving.load_model(path)
    assert tfprune.compare(small, loaded).difference.absolute == 0
    # What stands for the sum is traced like all else, so pruning goes on.
    tfprune.prune(loaded, sparsity=0.5)


def test_the_constant_has_one_number_for_each_channel_that_stays():
    model = blocks()
    set_weight(model.get_layer("second_out"), "kernel", np.s_[:], 0.0)
    # Channel 2 is read by nothing, so it goes, and its constant with it.
    set_weight(model.get_layer("head"), "kernel", 2, 0.0)
    set_weight(model.get_layer("first_in"), "kernel", np.s_[:, :, 2], 0.0)
    small = tfprune.strip(model)
    assert small.get_layer("stem").filters == 5
    assert tfprune.compare(model, small).difference.relative < 1e-5


def test_what_only_a_removed_branch_read_goes_too():
    inputs = keras.Input((5,))
    x = layers.Dense(6, name="stem")(inputs)
    side = layers.Dense(7, activation="relu", name="side")(x)
    y = layers.Dense(4, activation="relu", name="inside")(side)
    y = layers.Dense(6, name="outside")(y)
    x = layers.Add()([x, y])
    both = layers.Concatenate()([x, side])
    model = randomize(keras.Model(inputs, layers.Dense(3, name="head")(both)))
    set_weight(model.get_layer("outside"), "kernel", ..., 0.0)
    # The head reads three of the side's units, the branch reads them all.
    set_weight(model.get_layer("head"), "kernel", np.s_[9:], 0.0)
    small = tfprune.strip(model)
    assert small.get_layer("side").units == 3
    assert names(small) >= {"stem", "side", "head"}
    assert not {"inside", "outside"} & names(small)


def test_operators_add_like_layers():
    inputs = keras.Input((5,))
    x = layers.Dense(6, name="stem")(inputs)
    y = layers.Dense(6, name="branch")(x)
    model = keras.Model(inputs, layers.Dense(3)(keras.ops.relu(x + y)))
    randomize(model)
    set_weight(model.get_layer("branch"), "kernel", ..., 0.0)
    small = tfprune.strip(model)
    assert "branch" not in names(small)


def test_a_branch_that_is_spread_over_the_sum_stays():
    inputs = keras.Input((4, 4, 3))
    x = layers.Conv2D(6, 1, name="stem")(inputs)
    pooled = layers.GlobalAveragePooling2D(keepdims=True)(x)
    y = layers.Conv2D(6, 1, name="branch")(x)
    x = layers.Add(name="add")([pooled, y])
    model = randomize(keras.Model(inputs, layers.Flatten()(x)))
    set_weight(model.get_layer("branch"), "kernel", ..., 0.0)
    assert "branch" in names(tfprune.strip(model))


def test_a_constant_that_padding_changes_at_the_border_stays():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, padding="same", name="stem")(inputs)
    y = layers.BatchNormalization(gamma_initializer="zeros", name="norm")(x)
    y = layers.Conv2D(6, 3, padding="same", name="branch")(y)
    x = layers.Add()([x, y])
    model = randomize(keras.Model(inputs, layers.GlobalMaxPooling2D()(x)))
    set_weight(model.get_layer("norm"), "gamma", ..., 0.0)
    assert "branch" in names(tfprune.strip(model))


def test_layers_of_the_users_classes_add_what_they_add():
    @keras.saving.register_keras_serializable(package="shortcuts_test")
    class Block(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = layers.Dense(6, name="inner")

        def build(self, shape):
            self.inner.build(shape)

        def call(self, x, training=False):
            return x + self.inner(x)

    inputs = keras.Input((5,))
    x = layers.Dense(6, name="stem")(inputs)
    model = keras.Model(inputs, layers.Dense(3)(Block(name="block")(x)))
    randomize(model)
    set_weight(model.get_layer("block").inner, "kernel", ..., 0.0)
    whole = tfprune.strip(model, flatten=False)
    assert "block" in names(whole)
    flat = tfprune.strip(model)
    assert not any("inner" in x for x in names(flat))
    assert trace(flat).groups()
