"""Gates become part of the weights around them, and the function stays."""

import re

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize, weight
from tfprune.gates import GATES, Gate, HardConcrete
from tfprune.surgery import difference

IMAGE = (8, 8, 3)


def gate(name: str = "gate", **settings) -> Gate:
    return HardConcrete(name=name, **settings)


def gates_of(layer: keras.layers.Layer) -> list[Gate]:
    """The gates in a model or a composite layer."""
    if isinstance(layer, Gate):
        return [layer]
    parts = [layer.gate] if isinstance(layer, Block) else []
    parts += getattr(layer, "layers", [])
    return [one for part in parts for one in gates_of(part)]


def with_places(model: keras.Model, seed: int = 0) -> keras.Model:
    """Random weights, and gates of which some are closed, some between."""
    randomize(model, seed)
    generator = np.random.default_rng(seed)
    for one in gates_of(model):
        places = generator.uniform(-2, 2.5, one.location.shape)
        places[: len(places) // 3] = -3.0
        one.location.assign(generator.permutation(places))
    return model


def convolution(width: int = 6, activation: str = "relu", **settings):
    return layers.Conv2D(width, 3, activation=activation, **settings)


def ending(x):
    x = layers.Flatten()(x) if len(x.shape) > 2 else x
    return layers.Dense(3, name="end")(x)


def chain(*steps):
    """A network that starts with a convolution and ends in a dense layer."""

    def build():
        inputs = keras.Input(IMAGE)
        x = inputs
        for step in steps:
            x = step(x)
        return keras.Model(inputs, ending(x))

    return build


def concatenated(x):
    branch = layers.Conv2D(4, 1, activation="tanh")(x)
    first = gate()(layers.Conv2D(5, 1, activation="tanh")(x))
    return layers.Concatenate()([branch, first])


def residual(x):
    branch = gate()(convolution(6, padding="same", activation="linear")(x))
    return layers.ReLU()(layers.Add()([x, branch]))


def sequential():
    return keras.Sequential(
        [
            keras.Input(IMAGE),
            convolution(),
            gate(),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )


def nested():
    inputs = keras.Input(IMAGE)
    inner = keras.Sequential([keras.Input((6, 6, 6)), gate(), layers.ReLU()])
    return keras.Model(inputs, ending(inner(convolution()(inputs))))


@keras.saving.register_keras_serializable(package="fold_test")
class Block(layers.Layer):
    """A composite layer with a gate inside."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(7, activation="tanh")
        self.gate = HardConcrete()
        self.second = layers.Dense(5, activation="tanh")

    def build(self, shape):
        self.first.build(shape)
        self.gate.build((None, 7))
        self.second.build((None, 7))

    def call(self, inputs):
        return self.second(self.gate(self.first(inputs)))


def composite():
    inputs = keras.Input((6,))
    return keras.Model(inputs, ending(Block(name="block")(inputs)))


FOLDED = {
    "into_dense": chain(layers.Flatten(), layers.Dense(9, "tanh"), gate()),
    "into_convolution": chain(convolution(), gate(), convolution(4)),
    "into_separable": chain(
        convolution(), gate(), layers.SeparableConv2D(4, 3, activation="tanh")
    ),
    "far_ahead": chain(
        convolution(activation="sigmoid"),
        gate(),
        layers.ReLU(),
        layers.ZeroPadding2D(),
        layers.MaxPooling2D(),
        layers.Dropout(0.5),
        layers.Flatten(),
        layers.Dense(5),
    ),
    "channels_alone": chain(
        convolution(activation="tanh"), gate(), layers.GlobalMaxPooling2D()
    ),
    "positions": chain(
        convolution(activation="tanh"), layers.Flatten(), gate()
    ),
    "inputs": chain(layers.Flatten(), gate(), layers.Dense(5, "tanh")),
    "input_channels": chain(gate(), convolution(5, "tanh")),
    "behind_a_dense_layer": chain(
        layers.Flatten(), layers.Dense(9), gate(), layers.Activation("tanh")
    ),
    "behind_a_rectified_convolution": chain(
        convolution(), layers.MaxPooling2D(), gate(), layers.Activation("gelu")
    ),
    "behind_batch_normalization": chain(
        convolution(),
        layers.BatchNormalization(),
        layers.ReLU(),
        gate(),
        layers.Activation("tanh"),
    ),
    "around_groups": chain(
        convolution(6), gate(), convolution(4, groups=2, activation="tanh")
    ),
    "two_in_a_row": chain(
        convolution(activation="tanh"), gate("one"), gate("two")
    ),
    "one_of_several_branches": chain(concatenated),
    "a_branch_of_a_sum": chain(convolution(6), residual),
    "sequential": sequential,
    "nested": nested,
    "composite": composite,
}


@pytest.mark.parametrize("name", FOLDED)
def test_no_gate_is_left_and_the_function_is_the_same(name):
    model = with_places(FOLDED[name]())
    values = np.concatenate([x.values() for x in gates_of(model)])
    assert ((values > 0) & (values < 1)).any()
    small = tfprune.strip(model)
    assert not gates_of(small)
    assert difference(model, small).relative < 1e-5
    assert not tfprune.dead_channels(model).folding.left


@pytest.mark.parametrize(
    "name", ["into_convolution", "far_ahead", "sequential"]
)
def test_the_channels_of_closed_gates_are_removed(name):
    model = with_places(FOLDED[name]())
    closed = int(gates_of(model)[0].closed().sum())
    assert closed >= 2
    (found,) = tfprune.dead_channels(model).dead.values()
    assert found == closed
    small = tfprune.strip(model)
    (first,) = [x for x in small.layers if isinstance(x, layers.Conv2D)][:1]
    assert first.filters == 6 - closed


def test_positions_of_a_map_go_when_all_of_a_channel_are_closed():
    model = with_places(FOLDED["positions"]())
    (one,) = gates_of(model)
    places = np.full((36, 6), 1.0)
    places[:, 2] = -3.0
    places[5, 3] = -3.0
    one.location.assign(places.ravel())
    small = tfprune.strip(model)
    assert small.layers[1].filters == 5
    rows = weight(small.get_layer("end"), "kernel").reshape(36, 5, 3)
    zero = np.argwhere((rows == 0).all(axis=2))
    np.testing.assert_array_equal(zero, [[5, 2]])


def test_inputs_behind_closed_gates_are_not_read():
    model = with_places(FOLDED["inputs"]())
    (one,) = gates_of(model)
    small = tfprune.strip(model)
    (first,) = [x for x in small.layers if isinstance(x, layers.Dense)][:1]
    assert first.kernel.shape == (int((~one.closed()).sum()), 5)
    assert small.input_shape == model.input_shape
    assert difference(model, small).relative < 1e-5


@pytest.mark.parametrize("name", GATES.names())
def test_every_gate_is_traced_and_folded(name):
    made = type(GATES.get(name))(name="gate")
    model = with_places(chain(convolution(), made)())
    graph = tfprune.trace(model)
    assert not graph.unknown()
    (group,) = graph.group_of(graph.steps[0].path)
    assert group.prunable
    assert "gate" in group.layers
    assert not gates_of(tfprune.strip(model))
    pruned = tfprune.prune(model, sparsity=0.5)
    assert pruned.get_layer("gate").location.shape == (3,)


def layer_normalized(x):
    x = layers.Dense(9, "tanh")(layers.Flatten()(x))
    return layers.LayerNormalization(name="norm")(gate()(x))


def read_twice(x):
    x = gate()(layers.Dense(9, "tanh")(layers.Flatten()(x)))
    shared = layers.Dense(9, "tanh", name="shared")
    return layers.Add()([shared(x), shared(layers.Dense(9, "tanh")(x))])


LEFT = {
    "between_curves": (
        chain(convolution(4, "tanh"), gate(), layers.Activation("tanh")),
        "'activation.*' is not homogeneous; behind, 'conv2d.*' takes no",
    ),
    "before_statistics": (chain(layer_normalized), "'norm' is not homog"),
    "before_a_shared_layer": (
        chain(read_twice),
        "'shared' is called several times",
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_a_gate_that_no_weight_takes_stays_as_a_constant_scale(name):
    build, text = LEFT[name]
    model = with_places(build())
    dead = tfprune.dead_channels(model)
    assert re.search(text, dead.folding.left["gate"])
    assert dead.as_dict()["scales_left"] == dead.folding.left
    assert "'gate' stays as a constant scale" in str(dead)
    small = tfprune.strip(model)
    assert difference(model, small).relative < 1e-5
    (left,) = gates_of(small)
    assert not left.trainable
    assert not small.losses
    ones = np.ones((2, *IMAGE), "float32")
    np.testing.assert_allclose(
        small(ones, training=True), small(ones, training=False), rtol=1e-6
    )


def test_the_model_output_keeps_its_closed_channels():
    inputs = keras.Input((6,))
    x = layers.Dense(5, "tanh")(inputs)
    model = with_places(keras.Model(inputs, gate()(layers.Dense(4)(x))))
    small = tfprune.strip(model)
    assert not gates_of(small)
    assert small.output_shape == (None, 4)
    assert difference(model, small).relative < 1e-5


def test_a_layer_that_stays_an_object_keeps_its_gate(tmp_path):
    model = with_places(composite())
    dead = tfprune.dead_channels(model, flatten=False)
    assert "stay objects" in dead.folding.left["block/gate"]
    small = tfprune.strip(model, flatten=False)
    (left,) = gates_of(small)
    assert left.location.shape == (7 - sum(dead.dead.values()),)
    assert not left.trainable
    tfprune.save_model(small, tmp_path / "small.keras")
    loaded = tfprune.load_model(tmp_path / "small.keras")
    assert difference(small, loaded).absolute == 0
    assert not gates_of(loaded)[0].trainable


def test_a_stripped_model_is_a_plain_file(tmp_path):
    model = with_places(FOLDED["far_ahead"]())
    small = tfprune.strip(model)
    small.save(tmp_path / "small.keras")
    loaded = keras.saving.load_model(tmp_path / "small.keras")
    assert difference(small, loaded).absolute == 0
