"""DoReFa's quantizers where one number depends on many."""

import numpy as np
import pytest

from tests.quantizers.gradients import gradient
from tfprune.quantizers import DoReFaGradients, DoReFaWeights


@pytest.mark.parametrize("bits", [2, 4])
def test_the_slope_of_weights_is_that_of_what_is_rounded(bits):
    generator = np.random.default_rng(0)
    x = generator.normal(0, 0.6, (4, 3)).astype("float32")
    upstream = generator.normal(size=x.shape).astype("float32")

    def loss(values):
        t = np.tanh(values)
        return np.sum(upstream * t / np.abs(t).max())

    expected = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[place] = 1e-5
        change = loss(x.astype("float64") + step) - loss(x - step)
        expected[place] = change / 2e-5
    found = gradient(DoReFaWeights(bits), x, upstream)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_weights_that_are_all_zero_stay_finite():
    zeros = np.zeros((3, 2), "float32")
    for bits in (1, 2, 8):
        quantizer = DoReFaWeights(bits)
        assert np.isfinite(np.asarray(quantizer(zeros))).all()
        assert np.isfinite(gradient(quantizer, zeros, 1.0)).all()


def levels(upstream, bits):
    """The gradient without noise, in NumPy."""
    steps = 2**bits - 1
    largest = np.abs(upstream).reshape(len(upstream), -1).max(axis=1)
    largest = largest.reshape(-1, *[1] * (upstream.ndim - 1))
    divisor = np.where(largest > 0, 2 * largest, 1)
    rounded = np.rint(steps * (upstream / divisor + 0.5)) / steps
    return 2 * largest * (rounded - 0.5)


@pytest.mark.parametrize("bits", [1, 4, 8])
def test_gradients_without_noise(bits):
    generator = np.random.default_rng(1)
    upstream = generator.normal(size=(3, 4, 5)).astype("float32")
    upstream[1] = 0
    upstream[2] *= 1e-3
    quantizer = DoReFaGradients(bits, noise=False)
    found = gradient(
        lambda x: quantizer(x, training=True), np.ones_like(upstream), upstream
    )
    np.testing.assert_allclose(found, levels(upstream, bits), rtol=1e-5)
    assert len(np.unique(found[0])) <= 2**bits
    assert (found[1] == 0).all()


def test_noise_makes_the_mean_of_gradients_right():
    upstream = np.tile(np.array([[0.13, -0.61, 1.0]], "float32"), (8192, 1))
    quantizer = DoReFaGradients(2, seed=1)
    found = gradient(
        lambda x: quantizer(x, training=True), np.ones_like(upstream), upstream
    )
    steps = 2 / 3
    np.testing.assert_allclose(
        found.mean(axis=0)[:2], upstream[0, :2], atol=0.03
    )
    assert (found.std(axis=0)[:2] > steps / 4).all()
    # Clipping keeps the largest where it is.
    assert found.max() <= 1 + 1e-6


def test_inference_leaves_gradients_alone():
    upstream = np.array([[0.13, -0.61, 1.0]], "float32")
    quantizer = DoReFaGradients(1)
    found = gradient(
        lambda x: quantizer(x, training=False), np.ones_like(upstream), upstream
    )
    np.testing.assert_array_equal(found, upstream)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 2), (2, 2, 2, 2)])
def test_noise_is_uniform_and_pairs_are_independent(shape):
    quantizer = DoReFaGradients(2, seed=3)
    noise = np.stack([np.asarray(quantizer.drawn(shape)) for _ in range(2000)])
    assert noise.shape[1:] == shape
    noise = noise.reshape(2000, -1)
    for element in noise.T:
        counts, _ = np.histogram(element, bins=5, range=(-0.5, 0.5))
        np.testing.assert_allclose(counts / 2000, 0.2, atol=0.05)
    # Of independent numbers, neither these nor their sizes go together.
    for values in (noise, np.abs(noise)):
        together = np.corrcoef(values.T) - np.eye(noise.shape[1])
        assert np.abs(together).max() < 0.1
