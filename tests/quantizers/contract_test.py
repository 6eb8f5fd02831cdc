"""What every registered quantizer keeps to, whichever they are."""

import keras
import numpy as np
import pytest

from tests.quantizers.gradients import gradient
from tests.quantizers.references import REFERENCES
from tfprune.quantizers import QUANTIZERS, get

NAMES = QUANTIZERS.names()


def data(seed=0, shape=(6, 5)):
    return np.random.default_rng(seed).normal(0, 1, shape).astype("float32")


def trained(name):
    """A quantizer whose ranges, if it has any, have seen data."""
    quantizer = QUANTIZERS.get(name)
    quantizer(data(9), training=True)
    return quantizer


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_every_quantizer_without_weights_has_a_reference():
    stateless = {name for name in NAMES if not trained(name).weights}
    assert stateless == set(REFERENCES)


@pytest.mark.parametrize("name", NAMES)
def test_config_round_trip(name):
    quantizer = QUANTIZERS.get(name)
    config = keras.saving.serialize_keras_object(quantizer)
    assert config["registered_name"] == f"tfprune>{type(quantizer).__name__}"
    copy = get(config)
    assert type(copy) is type(quantizer)
    assert copy.get_config() == quantizer.get_config()


@pytest.mark.parametrize("name", NAMES)
def test_model_file_round_trip(name, tmp_path):
    inputs = keras.Input((5,))
    quantizer = QUANTIZERS.get(name)
    model = keras.Model(inputs, quantizer(inputs))
    quantizer(data(9), training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(array(loaded(data())), array(model(data())))
    assert loaded.layers[-1].get_config() == quantizer.get_config()


@pytest.mark.parametrize("name", NAMES)
def test_shape_and_dtype_stay(name):
    quantizer = trained(name)
    for dtype in ("float16", "float32"):
        x = keras.ops.cast(data(), dtype)
        for training in (False, True):
            y = quantizer(x, training=training)
            assert tuple(y.shape) == x.shape
            assert keras.backend.standardize_dtype(y.dtype) == dtype
    symbolic = quantizer(keras.KerasTensor((None, 5), "float16"))
    assert symbolic.shape == (None, 5)
    assert symbolic.dtype == "float16"


@pytest.mark.parametrize("name", NAMES)
def test_zeros_are_finite_and_kept_as_promised(name):
    quantizer, zeros = trained(name), np.zeros((4, 5), "float32")
    found = array(quantizer(zeros))
    assert np.isfinite(found).all()
    assert np.isfinite(gradient(quantizer, zeros, 1.0)).all()
    x = data()
    x[2, 3] = 0
    kept = array(quantizer(x))[2, 3] == 0
    assert kept == quantizer.keeps_zero


@pytest.mark.parametrize("name", NAMES)
def test_scales_are_counted_where_numbers_decide_on_them(name):
    quantizer = trained(name)
    first, second = (array(quantizer.scale(x)) for x in (data(), 2 * data()))
    assert first.shape == second.shape
    follows = not np.array_equal(first, second)
    expected = np.size(first) if follows else 0
    assert quantizer.num_scales((6, 5)) == expected


@pytest.mark.parametrize("name", NAMES)
def test_statistics_are_as_told(name):
    quantizer, x = trained(name), data()
    before = array(quantizer(x))
    other = x.copy()
    # Both ways of moving one element: past a threshold, and a maximum.
    changed = np.zeros(x.shape, bool)
    for value in (0.01, 9.0):
        other[1, 2] = value
        changed |= array(quantizer(other)) != before
    changed[1, 2] = False
    elsewhere = changed.copy()
    elsewhere[:, 2] = False
    expected = {
        "none": (False, False),
        "filter": (True, False),
        "layer": (True, True),
    }[quantizer.statistics]
    assert (changed.any(), elsewhere.any()) == expected


@pytest.mark.parametrize("name", NAMES)
def test_inference_is_repeatable_and_rounds_what_is_rounded(name):
    quantizer, x = trained(name), data()
    once = array(quantizer(x))
    np.testing.assert_array_equal(array(quantizer(x)), once)
    if quantizer.statistics == "none":
        np.testing.assert_allclose(array(quantizer(once)), once, rtol=1e-6)


@pytest.mark.parametrize("jit", [False, True])
def test_all_of_them_train_in_fit(jit):
    inputs = keras.Input((5,))
    before = {x: keras.layers.Dense(5, name=f"before_{x}") for x in NAMES}
    outputs = [QUANTIZERS.get(x)(before[x](inputs)) for x in NAMES]
    model = keras.Model(inputs, keras.layers.Add()(outputs))
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=jit)
    kernels = {x: array(before[x].kernel).copy() for x in NAMES}
    model.fit(data(1, (32, 5)), data(2, (32, 5)), verbose=0, batch_size=8)
    for name in NAMES:
        after = array(before[name].kernel)
        assert np.isfinite(after).all(), name
        assert (after != kernels[name]).any(), name
