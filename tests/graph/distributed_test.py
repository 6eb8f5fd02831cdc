"""Models that `TimeDistributed` runs at each time step lose channels."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune
from tests.testing import random_keep_mask, randomize, set_weight
from tfprune.profiling import profile
from tfprune.surgery import difference
from tfprune.surgery.rebuild import rebuild

FRAMES = (4, 8, 8, 3)
STEPS = (4, 5)


@keras.saving.register_keras_serializable(package="distributed_test")
class Block(layers.Layer):
    """A composite layer that says what it returns."""

    def __init__(self, by_batch=False, **kwargs):
        super().__init__(**kwargs)
        self.by_batch = by_batch
        self.hidden = layers.Dense(6, activation="tanh")
        self.norm = layers.LayerNormalization()
        self.out = layers.Dense(7)

    def build(self, shape):
        self.hidden.build(shape)
        self.norm.build((*shape[:-1], 6))
        self.out.build((*shape[:-1], 6))
        self.scale = self.add_weight(shape=(7,), name="scale")

    def call(self, x):
        y = self.out(self.norm(self.hidden(x))) * self.scale
        return y / ops.cast(ops.shape(x)[0], y.dtype) if self.by_batch else y

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.out.units)

    def get_config(self):
        return {**super().get_config(), "by_batch": self.by_batch}


@keras.saving.register_keras_serializable(package="distributed_test")
class Outer(layers.Layer):
    """Holds a layer that runs a model at each time step."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.each = layers.TimeDistributed(stack(), name="each")
        self.after = layers.Dense(6)

    def build(self, shape):
        self.each.build(shape)
        self.after.build((*shape[:-1], 4))

    def call(self, x):
        return self.after(ops.relu(self.each(x)))


def stack():
    return keras.Sequential([layers.Dense(5, "relu"), layers.Dense(4)])


def frame_network():
    """A residual network on one frame, of 5 channels."""
    inputs = keras.Input((8, 8, 5))
    x = layers.Conv2D(6, 3, padding="same", use_bias=False, name="a")(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Add()([x, layers.Conv2D(6, 3, padding="same", name="b")(x)])
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(7, name="c")(x), name="frame")


def on_frames(shape=FRAMES):
    inputs = keras.Input(shape)
    x = layers.TimeDistributed(layers.Conv2D(5, 1), name="before")(inputs)
    x = layers.TimeDistributed(frame_network(), name="each")(x)
    return finished(inputs, layers.LSTM(6)(x))


def on_steps(*blocks):
    inputs = keras.Input(STEPS)
    x = layers.Dense(6, name="before")(inputs)
    for block in blocks:
        x = block(x)
    return finished(inputs, layers.GlobalAveragePooling1D()(x))


def finished(inputs, x):
    return randomize(keras.Model(inputs, layers.Dense(3)(x)))


def each(layer):
    return layers.TimeDistributed(layer, name="each")


def called_twice():
    shared = each(stack())
    return on_steps(shared, layers.Dense(6), shared)


def inside_and_outside():
    inputs = keras.Input(STEPS)
    model = stack()
    x = layers.Dense(6)(inputs)
    last = model(layers.Dense(6)(x[:, -1]))
    x = layers.GlobalMaxPooling1D()(each(model)(x))
    return finished(inputs, layers.Concatenate()([x, last]))


def twice_distributed():
    inputs = keras.Input((3, *STEPS))
    x = each(layers.TimeDistributed(stack()))(layers.Dense(6)(inputs))
    return finished(inputs, layers.Flatten()(x))


BESIDE = "the same model beside"
NETWORKS = {
    "frames": on_frames,
    "frames of unknown number": lambda: on_frames((None, *FRAMES[1:])),
    "a stack": lambda: on_steps(each(stack())),
    "in a stack": lambda: randomize(
        keras.Sequential(
            [keras.Input(STEPS), layers.Dense(6), each(stack()), layers.GRU(4)]
        )
    ),
    "called twice": called_twice,
    BESIDE: inside_and_outside,
    "a distributed model": twice_distributed,
    "a composite layer": lambda: on_steps(each(Block(name="block"))),
    "a composite layer that stays": lambda: on_steps(
        each(Block(by_batch=True, name="block"))
    ),
    "in a composite layer": lambda: on_steps(Outer(name="outer")),
}


@pytest.mark.parametrize("flatten", [None, False])
@pytest.mark.parametrize("name", NETWORKS)
def test_removed_equals_masked(name, flatten, tmp_path):
    keras.backend.clear_session()
    model = NETWORKS[name]()
    graph = tfprune.trace(model, flatten=flatten)
    assert not graph.unknown()
    assert difference(model, rebuild(graph)).relative < 1e-6
    for seed in range(2):
        keep = random_keep_mask(graph, seed)
        masked = tfprune.mask_channels(model, keep, flatten=flatten)
        small = tfprune.remove_channels(model, keep, flatten=flatten)
        assert difference(masked, small).relative < 1e-5
        assert small.count_params() < model.count_params()
    if name == BESIDE:
        # Keras does not load the full model either.
        return
    tfprune.save_model(small, tmp_path / "small.keras")
    again = tfprune.load_model(tmp_path / "small.keras")
    assert difference(small, again).absolute == 0


def test_groups_reach_into_the_model():
    graph = tfprune.trace(on_frames())
    (inner,) = graph.group_of("each/a")
    assert inner.producers == ("each/a", "each/b")
    assert "each/c" in inner.layers
    (outer,) = graph.group_of("before")
    assert "each/a" in outer.layers
    assert inner.prunable
    assert outer.prunable


def test_it_stays_one_layer():
    small = tfprune.prune(on_frames(), sparsity=0.3)
    assert isinstance(small.get_layer("each"), layers.TimeDistributed)
    assert small.get_layer("each").layer.name == "frame"
    block = on_steps(each(Block(by_batch=True, name="block")))
    small = tfprune.prune(block, sparsity=0.3)
    assert type(small.get_layer("each").layer) is Block


def test_multiplications_count_at_each_step():
    frame = frame_network()
    inputs = keras.Input((4, 8, 8, 5))
    model = keras.Model(inputs, each(frame)(inputs))
    assert profile(model).macs == 4 * profile(frame).macs
    assert profile(frame).macs == 64 * 9 * (5 * 6 + 6 * 6) + 6 * 7


def test_constants_pass_into_and_out_of_the_model():
    inputs = keras.Input(STEPS)
    x = layers.Dense(6, activation="relu", name="before")(inputs)
    x = each(keras.Sequential([layers.Dense(5, name="one")]))(x)
    x = layers.Dense(4, name="after")(layers.Flatten()(x))
    model = randomize(keras.Model(inputs, x))
    set_weight(model.get_layer("before"), "kernel", np.s_[:, 2], 0)
    set_weight(model.get_layer("before"), "bias", 2, 1.5)
    one = model.get_layer("each").layer.layers[0]
    set_weight(one, "kernel", np.s_[:, 3], 0)
    small = tfprune.strip(model)
    assert small.get_layer("before").units == 5
    assert small.get_layer("each").layer.layers[0].units == 4


def test_steps_that_are_masked_freeze():
    inputs = keras.Input((4,), dtype="int32")
    x = layers.Embedding(7, 6, mask_zero=True, name="before")(inputs)
    model = finished(inputs, layers.GRU(4)(each(stack())(x)))
    (group,) = tfprune.trace(model).group_of("before")
    assert "is given a mask of time steps" in str(group.frozen[0])


def test_it_trains_after_removal():
    small = tfprune.prune(on_frames(), sparsity=0.3)
    small.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(4, *FRAMES)).astype("float32")
    before = [np.array(x) for x in small.get_layer("each").trainable_weights]
    small.fit(x, np.ones((4, 3)), verbose=0)
    after = small.get_layer("each").trainable_weights
    pairs = zip(before, after, strict=True)
    assert not any(np.array_equal(one, two) for one, two in pairs)
