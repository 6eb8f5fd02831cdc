"""Models with layers of the user's classes come back as they were saved."""

import zipfile

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune
from tests.testing import randomize
from tfprune.errors import InvalidInputError

SOME = np.random.default_rng(0).normal(size=(3, 8, 8, 3)).astype("float32")


@keras.saving.register_keras_serializable("saving_test")
class Residual(layers.Layer):
    """A block whose `call` reads the batch size."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.first = layers.Conv2D(width, 3, padding="same", activation="relu")
        self.rest = [layers.Conv2D(width, 1), layers.BatchNormalization()]

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), name="scale")

    def call(self, inputs):
        x = self.first(inputs)
        for layer in self.rest:
            x = layer(x)
        ones = ops.ones((ops.shape(x)[0], 1, 1, 1))
        return inputs + self.scale * x * ones

    def get_config(self):
        return {**super().get_config(), "width": self.width}


@keras.saving.register_keras_serializable("saving_test")
class Network(keras.Model):
    """A subclassed model with a method of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.stem = layers.Conv2D(8, 3, padding="same")
        self.blocks = [Residual(8), Residual(8)]
        self.pool = layers.GlobalAveragePooling2D()
        self.head = layers.Dense(4)

    def features(self, inputs):
        x = self.stem(inputs)
        for block in self.blocks:
            x = block(x)
        return self.pool(x)

    def call(self, inputs):
        return self.head(self.features(inputs))


def network() -> Network:
    model = Network()
    model(SOME)
    return randomize(model)


def functional() -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(8, 3, padding="same", name="stem")(inputs)
    x = layers.Flatten()(Residual(8)(x))
    return randomize(keras.Model(inputs, layers.Dense(4)(x)))


@pytest.mark.parametrize("build", [network, functional])
def test_it_comes_back_equal_to_the_last_bit(build, tmp_path):
    small = tfprune.prune(build(), sparsity=0.5, flatten=False)
    tfprune.save_model(small, tmp_path / "small.keras")
    loaded = tfprune.load_model(tmp_path / "small.keras")
    assert type(loaded) is type(small)
    assert loaded.count_params() == small.count_params()
    np.testing.assert_array_equal(loaded(SOME), small(SOME))


def test_methods_of_the_class_stay():
    small = tfprune.prune(network(), sparsity=0.5, flatten=False)
    assert small.features(SOME).shape == (3, small.stem.filters)
    assert small.stem.filters < 8


def test_several_removals_are_replayed(tmp_path):
    once = tfprune.prune(network(), sparsity=0.3, flatten=False)
    twice = tfprune.prune(once, sparsity=0.3, flatten=False)
    tfprune.save_model(twice, tmp_path / "small.keras")
    loaded = tfprune.load_model(tmp_path / "small.keras")
    np.testing.assert_array_equal(loaded(SOME), twice(SOME))


def test_what_was_trained_since_is_saved(tmp_path):
    small = tfprune.prune(network(), sparsity=0.5, flatten=False)
    small.compile("sgd", "mse")
    small.fit(SOME, np.ones((3, 4)), verbose=0)
    tfprune.save_model(small, tmp_path / "small.keras")
    loaded = tfprune.load_model(tmp_path / "small.keras")
    np.testing.assert_array_equal(loaded(SOME), small(SOME))


def test_a_stripped_bias_comes_back(tmp_path):
    model = functional()
    stem = model.get_layer("stem")
    kernel = np.array(stem.kernel)
    kernel[..., :3] = 0
    stem.kernel.assign(kernel)
    small = tfprune.strip(model)
    tfprune.save_model(small, tmp_path / "small.keras")
    loaded = tfprune.load_model(tmp_path / "small.keras")
    np.testing.assert_array_equal(loaded(SOME), small(SOME))


def test_a_plain_model_is_a_plain_file(tmp_path):
    model = randomize(
        keras.Sequential([keras.Input((5,)), layers.Dense(4), layers.Dense(2)])
    )
    small = tfprune.prune(model, sparsity=0.5)
    tfprune.save_model(small, tmp_path / "small.keras")
    x = np.ones((2, 5), "float32")
    for load in (keras.saving.load_model, tfprune.load_model):
        np.testing.assert_array_equal(
            load(tmp_path / "small.keras")(x), small(x)
        )


def test_a_wrong_name_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match=r"ends in '.keras'"):
        tfprune.save_model(functional(), tmp_path / "small.h5")


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="No such file"):
        tfprune.load_model(tmp_path / "none.keras")
    (tmp_path / "text.keras").write_text("text")
    with pytest.raises(InvalidInputError, match="damaged"):
        tfprune.load_model(tmp_path / "text.keras")


def test_a_damaged_file_is_refused(tmp_path):
    small = tfprune.prune(network(), sparsity=0.5, flatten=False)
    tfprune.save_model(small, tmp_path / "small.keras")
    with zipfile.ZipFile(tmp_path / "small.keras") as archive:
        removals = archive.read("removals.json")
    with zipfile.ZipFile(tmp_path / "part.keras", "w") as archive:
        archive.writestr("removals.json", removals)
    with pytest.raises(InvalidInputError, match="damaged"):
        tfprune.load_model(tmp_path / "part.keras")
