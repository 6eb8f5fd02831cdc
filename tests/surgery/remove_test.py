"""Removal and masks return new models that save like any other."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import random_keep_mask, randomize, weight
from tfprune.errors import ExactnessError, InvalidInputError
from tfprune.surgery import difference


def network() -> keras.Model:
    inputs = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(8, 3, padding="same", name="stem")(inputs)
    y = layers.BatchNormalization(name="norm")(x)
    y = layers.Conv2D(8, 3, padding="same", name="branch")(layers.ReLU()(y))
    x = layers.Add()([x, y])
    x = layers.Flatten()(layers.MaxPooling2D()(x))
    return randomize(keras.Model(inputs, layers.Dense(5, name="out")(x)))


def test_the_original_is_not_changed():
    model = network()
    before = model.get_weights()
    keep = tfprune.keep_mask(model, sparsity=0.5)
    tfprune.mask_channels(model, keep)
    tfprune.remove_channels(model, keep)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_kept_weights_are_copied_and_names_stay():
    model = network()
    keep = tfprune.keep_mask(model, sparsity=0.5)
    small = tfprune.remove_channels(model, keep)
    chosen = keep.channels["stem"]
    np.testing.assert_array_equal(
        weight(small.get_layer("stem"), "kernel"),
        weight(model.get_layer("stem"), "kernel")[..., chosen],
    )
    assert [x.name for x in small.layers] == [x.name for x in model.layers]
    assert small.name == model.name
    assert [x.name for x in small.inputs] == ["image"]


def test_trainable_flags_and_dtypes_stay():
    model = network()
    model.get_layer("norm").trainable = False
    small = tfprune.prune(model, sparsity=0.25)
    assert not small.get_layer("norm").trainable
    assert small.get_layer("stem").trainable


def test_a_smaller_model_loads_where_tfprune_was_never_imported(tmp_path):
    model = network()
    small = tfprune.prune(model, sparsity=0.5)
    small.save(tmp_path / "small.keras")
    data = np.random.default_rng(0).normal(size=(2, 8, 8, 3))
    np.save(tmp_path / "data.npy", data.astype("float32"))
    script = (
        "import sys, keras, numpy as np;"
        f"model = keras.saving.load_model(r'{tmp_path / 'small.keras'}');"
        f"data = np.load(r'{tmp_path / 'data.npy'}');"
        "y = keras.ops.convert_to_numpy(model(data));"
        f"np.save(r'{tmp_path / 'out.npy'}', y);"
        "sys.exit('tfprune' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    expected = keras.ops.convert_to_numpy(small(data.astype("float32")))
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), expected)


def test_a_smaller_model_trains():
    small = tfprune.prune(network(), sparsity=0.5)
    small.compile("sgd", "mse")
    x = np.ones((8, 8, 8, 3), "float32")
    history = small.fit(x, np.zeros((8, 5)), epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_a_shared_layer_is_resized_once():
    inputs = keras.Input((6, 6, 4))
    shared = layers.Conv2D(6, 3, padding="same", name="shared")
    x = layers.Conv2D(6, 1, name="before")(inputs)
    x = shared(shared(x))
    model = randomize(keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x))))
    (group,) = tfprune.trace(model).group_of("shared")
    assert set(group.producers) == {"before", "shared"}
    small = tfprune.prune(model, sparsity=0.5)
    assert small.get_layer("shared").kernel.shape == (3, 3, 3, 3)


def test_nested_models_keep_their_nesting():
    inner_input = keras.Input((6, 6, 4))
    y = layers.Conv2D(5, 1, name="conv")(inner_input)
    inner = keras.Model(inner_input, layers.Conv2D(4, 1)(y), name="inner")
    inputs = keras.Input((6, 6, 2))
    x = layers.Conv2D(4, 1, name="outer")(inputs)
    x = inner(inner(x))
    x = keras.Sequential([keras.Input((6, 6, 4)), layers.Flatten()])(x)
    model = randomize(keras.Model(inputs, layers.Dense(2)(x)))
    assert "inner/conv" in tfprune.keep_mask(model, sparsity=0.5).channels
    small = tfprune.prune(model, sparsity=0.5)
    assert small.get_layer("inner").get_layer("conv").filters < 5


def test_a_sequential_model_stays_sequential():
    model = keras.Sequential(
        [
            keras.Input((8, 3)),
            layers.Conv1D(8, 3, activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(2),
        ]
    )
    small = tfprune.prune(randomize(model), sparsity=0.5)
    assert isinstance(small, keras.Sequential)


def test_a_mask_round_trips_through_a_file(tmp_path):
    model = network()
    keep = random_keep_mask(tfprune.trace(model))
    keep.save(tmp_path / "keep.json")
    again = tfprune.KeepMask.load(tmp_path / "keep.json")
    for layer, chosen in keep.channels.items():
        np.testing.assert_array_equal(chosen, again.channels[layer])


def altered(model, layer, index, value):
    keep = tfprune.KeepMask.ones_like(tfprune.trace(model))
    channels = {name: x.copy() for name, x in keep.channels.items()}
    channels[layer][index] = value
    return tfprune.KeepMask(channels)


@pytest.mark.parametrize(
    ("keep", "text"),
    [
        (lambda m: altered(m, "stem", 0, False), "keeps part of them"),
        (lambda m: altered(m, "out", 0, False), "frozen by 'out'"),
        (
            lambda m: tfprune.KeepMask({"stm": np.ones(8, bool)}),
            "Did you mean 'stem'",
        ),
        (
            lambda m: tfprune.KeepMask({"stem": np.ones(7, bool)}),
            "Expected 8 channels for layer 'stem'",
        ),
    ],
)
def test_a_mask_of_another_model_is_refused(keep, text):
    model = network()
    with pytest.raises(InvalidInputError, match=text):
        tfprune.remove_channels(model, keep(model))


def test_a_mask_that_empties_a_layer_is_refused():
    inputs = keras.Input((4,))
    x = layers.Dense(3, name="hidden")(inputs)
    model = keras.Model(inputs, layers.Dense(2)(x))
    with pytest.raises(InvalidInputError, match="every channel of layer"):
        tfprune.remove_channels(
            model, altered(model, "hidden", slice(None), False)
        )


@pytest.mark.parametrize("content", ["", "[1]", '{"a": 1}', "\x00\x01"])
def test_a_damaged_mask_file_is_refused(tmp_path, content):
    path = tmp_path / "keep.json"
    path.write_text(content)
    with pytest.raises(InvalidInputError, match="another or a damaged file"):
        tfprune.KeepMask.load(path)


def test_a_missing_mask_file_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="No such file"):
        tfprune.KeepMask.load(tmp_path / "none.json")


def test_outputs_of_zeros_prove_nothing():
    inputs = keras.Input((4,))
    model = keras.Model(
        inputs, layers.Dense(2, kernel_initializer="zeros")(inputs)
    )
    with pytest.raises(ExactnessError, match="only zeros"):
        difference(model, model)


class Unsaved(layers.Layer):
    """A layer whose constructor argument is not in its config."""

    def __init__(self, factor, function):
        super().__init__()
        self.factor = factor
        self.function = function

    def call(self, inputs):
        return inputs * self.factor


def test_a_layer_without_config_is_named():
    inputs = keras.Input((4,))
    x = layers.Dense(6, name="hidden")(inputs)
    x = layers.Dense(6)(x)
    model = keras.Model(inputs, Unsaved(2.0, lambda x: x)(x))
    with pytest.raises(InvalidInputError, match=r"Unsaved.*get_config"):
        tfprune.prune(model, sparsity=0.5, flatten=False)


def test_a_layer_without_config_is_taken_apart():
    inputs = keras.Input((4,))
    x = Unsaved(2.0, lambda x: x)(layers.Dense(6, name="hidden")(inputs))
    model = randomize(keras.Model(inputs, layers.Dense(2)(x)))
    small = tfprune.prune(model, sparsity=0.5)
    assert small.get_layer("hidden").units == 3
