"""Layers of few bits against those of Keras."""

import keras
import numpy as np
import pytest

from tests.layers.quantized import EXAMPLES, Example
from tests.quantizers.gradients import gradient


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_they_compute_what_keras_does_with_quantized_arrays(example):
    layer, x = example.make(), example.inputs()
    found = array(layer(x))
    expected = example.expected(layer, x)
    assert np.abs(expected).max() > 0
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    symbolic = layer(keras.KerasTensor((None, *example.shape)))
    assert tuple(symbolic.shape)[1:] == expected.shape[1:]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_half_precision_loses_no_signs(example):
    layer = example.make(dtype="mixed_float16")
    x = example.inputs()
    layer(x)
    for variable in layer.weights:
        if "kernel" in variable.path:
            # In half precision all of these are zero.
            variable.assign(1e-9 * array(variable))
    y = layer(x)
    assert keras.backend.standardize_dtype(y.dtype) == "float16"
    names = [x.split(".")[-1] for x in layer.precisions()]
    for name in names:
        found = np.sign(array(layer.quantized_kernel(name)))
        latent = array(getattr(getattr(layer, "cell", layer), name))
        np.testing.assert_array_equal(found, np.where(latent >= 0, 1, -1))
        assert (found < 0).any()


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_config_round_trip(example):
    layer = example.make()
    layer(example.inputs())
    copy = keras.layers.deserialize(keras.layers.serialize(layer))
    assert type(copy) is example.kind
    assert copy.get_config() == layer.get_config()


def stacked(**settings) -> keras.Model:
    """A model in which every layer comes once, side by side."""
    inputs, outputs = [], []
    for example in EXAMPLES:
        inputs.append(keras.Input(example.shape))
        y = example.make(**settings)(inputs[-1])
        outputs.append(keras.layers.Flatten()(y))
    joined = keras.layers.Concatenate()(outputs)
    return keras.Model(inputs, keras.layers.Dense(1)(joined))


@pytest.mark.parametrize(
    ("jit", "dtype"), [(True, "float32"), (False, "mixed_float16")]
)
def test_they_train_and_save(jit, dtype, tmp_path):
    model = stacked(dtype=dtype)
    model.compile("adam", "mse", jit_compile=jit)
    before = [array(x).copy() for x in model.trainable_variables]
    x = [example.inputs(8) for example in EXAMPLES]
    model.fit(x, np.ones((8, 1)), batch_size=4, verbose=0)
    for old, new in zip(before, model.trainable_variables, strict=True):
        assert np.isfinite(array(new)).all()
        assert (array(new) != old).any(), new.path
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    # Latent weights are what is saved.
    for new, old in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(array(new), array(old))
    np.testing.assert_array_equal(array(loaded(x)), array(model(x)))


def slope_of(layer, variable, x):
    """The gradient of the sum of a layer's outputs by one of its weights."""

    def function(value):
        others = [(v, v.value) for v in layer.weights if v is not variable]
        with keras.StatelessScope([*others, (variable, value)]):
            return layer(x)

    return gradient(function, array(variable), 1.0)


@pytest.mark.parametrize(
    "example",
    [x for x in EXAMPLES if not hasattr(x.kind, "inner_loop")],
    ids=str,
)
def test_latent_weights_get_the_gradient_of_quantized_ones(example):
    settings = {
        name: "sign"
        for name in example.quantizers
        if name.endswith("_quantizer")
    }
    example = Example(
        example.kind,
        example.plain,
        example.shape,
        example.arguments,
        settings,
    )
    layer, x = example.make(), example.inputs()
    layer(x)
    kernels = [getattr(layer, name) for name in layer.precisions()]
    generator = np.random.default_rng(3)
    for kernel in kernels:
        kernel.assign(generator.normal(0, 1, kernel.shape))
    twin = example.plain(**example.arguments)
    twin.build((None, *example.shape))
    for new, old in zip(twin.weights, layer.weights, strict=True):
        new.assign(old)
    for name in layer.precisions():
        latent = array(getattr(layer, name))
        getattr(twin, name).assign(np.where(latent >= 0, 1, -1))
    signs = np.where(x >= 0, 1, -1).astype("float32")
    for name in layer.precisions():
        latent = array(getattr(layer, name))
        full = slope_of(twin, getattr(twin, name), signs)
        expected = full * (np.abs(latent) <= 1)
        found = slope_of(layer, getattr(layer, name), x)
        assert 0 < (np.abs(latent) <= 1).mean() < 1
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
