"""Quantizers against plain NumPy."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.quantizers.gradients import gradient
from tests.quantizers.references import REFERENCES
from tfprune.quantizers import QUANTIZERS

CASES = [
    pytest.param(name, reference, id=f"{name}_{index}")
    for name, found in REFERENCES.items()
    for index, reference in enumerate(found)
]
SPECIAL = np.array(
    [[0.0, -0.0, 1.0, -1.0], [1.5, -1.5, 0.25, -1e-30], [3, -3, 0.5, 7e-8]],
    "float32",
)


def kernels(seed=0, shape=(3, 3, 4, 5)):
    return np.random.default_rng(seed).normal(0, 0.6, shape).astype("float32")


def made(name, reference):
    return type(QUANTIZERS.get(name))(**reference.settings)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize(("name", "reference"), CASES)
@pytest.mark.parametrize("x", [SPECIAL, kernels()], ids=["special", "kernel"])
def test_values(name, reference, x):
    found = array(made(name, reference)(x))
    expected = reference.value(x.astype("float64"))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
    zeros = found[x == 0]
    exact = expected[x == 0].astype("float32")
    if made(name, reference).statistics == "none":
        np.testing.assert_array_equal(zeros, exact)


MADE = [
    (name, made(name, reference), reference)
    for name, found in REFERENCES.items()
    for reference in found
]


@settings(max_examples=10, deadline=None)
@given(
    x=arrays(
        "float32",
        # One shape: JAX compiles for each.
        (4, 5),
        elements=st.floats(-4, 4, width=16),
    )
)
def test_values_of_any_numbers(x):
    for name, quantizer, reference in MADE:
        found = array(quantizer(x))
        # A number halfway between two levels may go to either.
        fits = [
            np.isclose(found, reference.value(near), atol=1e-5)
            for near in x.astype("float64")
            * np.array([[[1 - 1e-6]], [[1]], [[1 + 1e-6]]])
        ]
        assert np.any(fits, axis=0).all(), name


@pytest.mark.parametrize(("name", "reference"), CASES)
def test_slopes(name, reference):
    if name == "dorefa_gradients":
        pytest.skip("its slope is that of what comes after; it has own tests")
    if name == "dorefa_weights" and reference.settings:
        pytest.skip("its outputs depend on all inputs; it has own tests")
    quantizer = made(name, reference)
    for x in (SPECIAL, kernels()):
        upstream = np.random.default_rng(1).normal(size=x.shape)
        upstream = upstream.astype("float32")
        found = gradient(quantizer, x, upstream)
        expected = upstream * reference.slope(x.astype("float64"))
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "reference"), CASES)
def test_no_more_levels_than_bits_can_tell_apart(name, reference):
    quantizer = made(name, reference)
    assert 2**quantizer.precision >= reference.levels
    x = kernels(2, (16, 16, 8, 2)) * 2
    found = array(quantizer(x))[..., 0]
    assert 1 < len(np.unique(found)) <= reference.levels


@pytest.mark.parametrize(("name", "reference"), CASES)
def test_encoded_levels_are_what_comes_out(name, reference):
    quantizer = made(name, reference)
    if quantizer.precision > 16:
        with pytest.raises(ValueError, match="there are no levels"):
            quantizer.encode(kernels())
        return
    whole, scale = quantizer.encode(kernels())
    assert whole.dtype == np.int32
    np.testing.assert_allclose(
        whole * scale, array(quantizer(kernels())), rtol=1e-6
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize(("name", "reference"), CASES)
def test_half_precision(name, reference, dtype):
    quantizer = made(name, reference)
    x = keras.ops.cast(kernels(3, (3, 3, 64, 4)), dtype)
    y = quantizer(x)
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    wide = array(keras.ops.cast(x, "float32")).astype("float64")
    found = array(keras.ops.cast(y, "float32"))
    # Rounding to a level may go the other way for numbers halfway.
    close = np.isclose(found, reference.value(wide), rtol=1e-2, atol=1e-2)
    assert close.mean() > 0.99
    assert np.isfinite(array(keras.ops.cast(y, "float32"))).all()
