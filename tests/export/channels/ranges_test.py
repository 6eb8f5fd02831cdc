"""Ranges hold every value, and say constant only of what is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprune.export.channels.handlers.elementwise import (
    added,
    largest,
    multiplied,
    smallest,
    subtracted,
)
from tfprune.export.channels.ranges import Range
from tfprune.export.flatbuffer.tensor import Quantization, Tensor

NUMBERS = st.floats(-8, 8).map(lambda x: round(x, 3))


@st.composite
def ranges_with_values(draw):
    """A range of three channels, and values of it, `(20, 3)`."""
    ends = np.sort([[draw(NUMBERS) for _ in range(3)] for _ in range(2)], 0)
    constant = np.array([draw(st.booleans()) for _ in range(3)])
    share = np.random.default_rng(draw(st.integers(0, 99))).random((20, 3))
    share[:, constant] = share[:1, constant]
    values = ends[0] + share * (ends[1] - ends[0])
    return Range(ends[0], ends[1], constant), values


def check(found, values):
    assert (values >= found.lower - 1e-9).all()
    assert (values <= found.upper + 1e-9).all()
    assert (np.ptp(values, axis=0)[found.constant] < 1e-9).all()


COMBINATIONS = [
    (added, np.add),
    (subtracted, np.subtract),
    (multiplied, np.multiply),
    (largest, np.maximum),
    (smallest, np.minimum),
]


@pytest.mark.parametrize(("combine", "function"), COMBINATIONS)
@given(first=ranges_with_values(), second=ranges_with_values())
def test_combinations_hold_all_values(combine, function, first, second):
    found = combine(first[0], second[0])
    check(found, function(first[1], second[1]))


@given(ranges_with_values(), NUMBERS, NUMBERS)
def test_what_is_cut_off_is_constant(given_range, one, two):
    found, values = given_range
    lower, upper = sorted((one, two))
    check(found.clipped(lower, upper, 1e-5), np.clip(values, lower, upper))


@given(ranges_with_values(), NUMBERS)
def test_a_hull_takes_another_value_in(given_range, value):
    found, values = given_range
    check(found.hull(value), np.vstack([values, np.full(3, value)]))


@given(ranges_with_values())
def test_one_range_for_all_channels(given_range):
    found, values = given_range
    one = found.conformed((1,))
    check(one, values.reshape(-1, 1))


@given(ranges_with_values(), st.integers(-128, 127), st.floats(0.01, 0.1))
def test_integers_hold_what_they_can(given_range, point, scale):
    found, values = given_range
    tensor = Tensor(
        "integers",
        "INT8",
        (3,),
        quantization=Quantization(
            np.array([scale], "f4"), np.array([point], "i8")
        ),
    )
    stored = np.clip(np.round(values / np.float32(scale)) + point, -128, 127)
    real = (stored - point) * float(np.float32(scale))
    check(found.fitted(tensor), real)


def test_zero_times_anything_is_zero():
    zero = Range(np.zeros(2), np.zeros(2), np.ones(2, bool))
    found = multiplied(zero, Range.unknown(1))
    assert found.is_zero.all()


@pytest.mark.parametrize("dtype", ["VARIANT", "BFLOAT16", "INT4"])
def test_types_that_numpy_lacks_say_nothing_of_a_range(dtype):
    scaled = Quantization(np.full(1, 0.5, "f4"), np.zeros(1, "i8"))
    before = Range.unknown(1)
    assert before.fitted(Tensor("x", dtype, (3,), None, scaled)) is before
