"""Fake quantization against the arithmetic of LiteRT, in NumPy."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.quantizers.gradients import gradient
from tfprune.errors import InvalidInputError
from tfprune.quantizers import (
    FixedFakeQuant,
    LearnedFakeQuant,
    MovingFakeQuant,
)

KINDS = {
    "moving": lambda **x: MovingFakeQuant(momentum=0.0, **x),
    "learned": LearnedFakeQuant,
}
KERNEL = {"symmetric": True, "per_channel": True}


def data(seed=0, shape=(8, 6), scale=1.0):
    x = np.random.default_rng(seed).normal(0.3, scale, shape)
    return x.astype("float32")


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def asymmetric(x, low, high, bits=8):
    """Real to whole numbers and back as LiteRT has it."""
    lowest, highest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    scale = np.float32(high - low) / np.float32(highest - lowest)
    zero = np.clip(np.rint(lowest - low / scale), lowest, highest)
    whole = np.clip(np.rint(x / scale) + zero, lowest, highest)
    return scale * (whole - zero).astype("float32")


def symmetric(x, largest, bits=8):
    highest = 2 ** (bits - 1) - 1
    scale = (largest / np.float32(highest)).astype("float32")
    scale = np.where(scale > 0, scale, 1)
    whole = np.clip(np.rint(x / scale), -highest, highest)
    return scale * whole.astype("float32")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_activations(kind, bits):
    quantizer, x = KINDS[kind](bits=bits), data()
    found = array(quantizer(x, training=True))
    expected = asymmetric(x, x.min(), x.max(), bits)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert 1 < len(np.unique(found)) <= 2**bits
    # The same at inference, also for what lies outside of the range.
    found = array(quantizer(3 * x))
    expected = asymmetric(3 * x, x.min(), x.max(), bits)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_weights(kind, bits):
    quantizer = KINDS[kind](bits=bits, **KERNEL)
    w = data(1, (3, 3, 4, 5)) * np.array([1, 1e-3, 5, 0.1, 2], "float32")
    found = array(quantizer(w, training=True))
    expected = symmetric(w, np.abs(w).max(axis=(0, 1, 2)), bits)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    whole, scale = quantizer.encode(w)
    assert np.abs(whole).max() == 2 ** (bits - 1) - 1
    np.testing.assert_allclose(whole * scale, expected, rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    low=st.floats(-4, 4, width=16),
    width=st.floats(0.0625, 8, width=16),
    bits=st.integers(2, 8),
)
def test_zero_is_a_level_and_the_range_has_all_of_them(low, width, bits):
    low = min(low, 0.0)
    quantizer = FixedFakeQuant(bits, low=low, high=max(low + width, 0.0))
    grid = quantizer.grid()
    x = np.linspace(float(grid.low), float(grid.high), 5000, dtype="float32")
    found = array(quantizer(np.append(x, 0)))
    assert found[-1] == 0
    levels = np.unique(found)
    assert len(levels) == 2**bits
    np.testing.assert_allclose(np.diff(levels), grid.scale, rtol=1e-3)
    np.testing.assert_array_equal(grid.real(grid.whole(x)), found[:-1])
    assert -(2 ** (bits - 1)) <= grid.zero_point <= 2 ** (bits - 1) - 1
    # The bounds move by less than half a step.
    assert abs(grid.low - low) <= 0.5001 * grid.scale
    assert abs(grid.high - max(low + width, 0.0)) <= 0.5001 * grid.scale


def test_a_range_moves_towards_each_batch():
    quantizer = MovingFakeQuant(momentum=0.75)
    first, second = data(1), data(2, scale=3)
    quantizer(first, training=True)
    assert float(quantizer.low) == first.min()
    quantizer(second, training=True)
    expected = 0.75 * first.max() + 0.25 * second.max()
    np.testing.assert_allclose(float(quantizer.high), expected, rtol=1e-6)
    quantizer(9 * second)
    np.testing.assert_allclose(float(quantizer.high), expected, rtol=1e-6)
    quantizer.trainable = False
    quantizer(9 * second, training=True)
    np.testing.assert_allclose(float(quantizer.high), expected, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_slope_of_the_inputs(kind):
    quantizer, x = KINDS[kind](bits=4), data()
    quantizer(x, training=True)
    upstream = data(3)
    grid = quantizer.grid()
    wider = 2 * x
    found = gradient(quantizer, wider, upstream)
    if kind == "moving":
        inside = (wider >= grid.low) & (wider <= grid.high)
    else:
        # Here rounding decides, before the clip.
        steps = np.rint(wider / grid.scale) + grid.zero_point
        inside = (steps >= grid.lowest) & (steps <= grid.highest)
    assert 0 < inside.mean() < 1
    np.testing.assert_allclose(found, upstream * inside, rtol=1e-5)


def slope_of(quantizer, name, x, upstream):
    """The gradient by one of the quantizer's weights."""
    variable = getattr(quantizer, name)

    def function(value):
        with keras.StatelessScope([(variable, value)]):
            return quantizer(x)

    return gradient(function, array(variable), upstream)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_slope_of_a_learned_step(bits):
    quantizer = LearnedFakeQuant(bits, **KERNEL)
    w, upstream = data(4, (7, 3)), data(5, (7, 3))
    quantizer(w, training=True)
    quantizer.high_factor.assign([0.5, 1.0, 2.0])
    highest = 2 ** (bits - 1) - 1
    start = np.abs(w).max(axis=0)
    scale = start * [0.5, 1.0, 2.0] / highest
    steps = w / scale
    by_scale = np.where(
        np.abs(np.rint(steps)) <= highest,
        np.rint(steps) - steps,
        np.sign(steps) * highest,
    )
    expected = (upstream * by_scale).sum(axis=0) * start / highest
    expected /= np.sqrt(7 * highest)
    found = slope_of(quantizer, "high_factor", w, upstream)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "side"), [("high", 1), ("low", -1)])
def test_outside_of_its_range_the_output_follows_the_learned_bound(name, side):
    quantizer = LearnedFakeQuant(8)
    x = np.array([[-2.0, 3.0]], "float32")
    quantizer(x, training=True)
    far = np.array([[side * 50.0]], "float32")
    start = float(getattr(quantizer, f"{name}_start"))
    expected = start / np.sqrt(1 * 127)
    found = slope_of(quantizer, f"{name}_factor", far, 1.0)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    other = "low" if name == "high" else "high"
    assert abs(slope_of(quantizer, f"{other}_factor", far, 1.0)) < 1e-6


def test_a_learned_range_stays_where_it_started():
    quantizer = LearnedFakeQuant(8)
    quantizer(data(1), training=True)
    quantizer(9 * data(1), training=True)
    assert float(quantizer.high_start) == data(1).max()


@pytest.mark.parametrize("kind", KINDS)
def test_an_untrained_range_changes_nothing_and_cannot_be_exported(kind):
    quantizer = KINDS[kind]()
    np.testing.assert_array_equal(array(quantizer(data())), data())
    assert (gradient(quantizer, data(), 1.0) == 1).all()
    with pytest.raises(InvalidInputError, match="was never trained"):
        quantizer.grid()
    with pytest.raises(InvalidInputError, match="was never trained"):
        quantizer.encode(data())


@pytest.mark.parametrize("kind", KINDS)
def test_a_dead_channel_stays_zero_and_has_the_scale_of_the_widest(kind):
    quantizer = KINDS[kind](**KERNEL)
    w = data() * np.array([1, 0, 1, 1, 0, 1], "float32")
    found = array(quantizer(w, training=True))
    assert (found[:, [1, 4]] == 0).all()
    assert np.isfinite(gradient(quantizer, w, 1.0)).all()
    grid = quantizer.grid()
    np.testing.assert_array_equal(grid.scale[[1, 4]], grid.scale.max())
    whole, _ = quantizer.encode(w)
    assert (whole[:, [1, 4]] == 0).all()
    np.testing.assert_allclose(array(quantizer.operation(w)), found, atol=1e-6)


def test_an_infinite_range_is_named():
    quantizer = MovingFakeQuant()
    quantizer(np.array([[1.0, np.inf]], "float32"), training=True)
    with pytest.raises(InvalidInputError, match="not finite"):
        quantizer.grid()


def test_channels_of_unknown_number_are_refused():
    with pytest.raises(InvalidInputError, match="must have a known length"):
        MovingFakeQuant(per_channel=True).build((None, 4, None))


@pytest.mark.parametrize("kind", [MovingFakeQuant, LearnedFakeQuant])
@pytest.mark.parametrize("per_channel", [False, True])
def test_the_scale_can_be_had_by_itself(kind, per_channel):
    x = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    quantizer = kind(8, per_channel=per_channel)
    quantizer(x, training=True)
    before = [np.array(w) for w in quantizer.weights]
    scale = quantizer(9 * x, training=True, scale_only=True)
    np.testing.assert_allclose(scale, quantizer.grid().scale)
    for old, new in zip(before, quantizer.weights, strict=True):
        np.testing.assert_array_equal(old, new)
    symbol = quantizer(keras.KerasTensor((None, 3)), scale_only=True)
    assert (symbol.shape, symbol.dtype) == (scale.shape, "float32")
