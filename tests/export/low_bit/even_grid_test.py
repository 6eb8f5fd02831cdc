"""Whole numbers behind float weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprune.export.low_bit.even_grid import find_grid


def grid_of(*rows):
    return find_grid(np.array(rows, "float32"))


def test_signs_of_one_scale():
    grid = grid_of([1, -1, 1], [-1, -1, 1])
    assert grid.integers.tolist() == [[1, -1, 1], [-1, -1, 1]]
    assert grid.common_scale == 1
    assert grid.is_exact


def test_every_filter_has_its_scale():
    grid = grid_of([0.3, -0.3], [0.7, 0.0])
    assert grid.integers.tolist() == [[1, -1], [1, 0]]
    assert np.array_equal(grid.scales, np.float32([0.3, 0.7]))
    assert grid.common_scale is None


def test_one_scale_for_all_where_it_takes_no_larger_numbers():
    grid = grid_of([0.25, -0.5], [0.5, 0.0], [0.75, 0.25])
    assert grid.integers.tolist() == [[1, -2], [2, 0], [3, 1]]
    assert grid.common_scale == 0.25


def test_a_filter_of_zeros():
    grid = grid_of([0, 0], [0.3, -0.3])
    assert grid.integers.tolist() == [[0, 0], [1, -1]]
    assert (grid.scales > 0).all()
    assert grid_of([0, 0]).scales.tolist() == [1]


@pytest.mark.parametrize(
    "row",
    [
        [np.nan, 1],
        [np.inf, 1],
        [0.1, 0.2345, 1.0],
        [1, 0.001],
        np.random.default_rng(0).normal(size=300),
    ],
    ids=["nan", "infinite", "uneven", "wide", "random"],
)
def test_what_is_on_no_grid(row):
    assert grid_of(row) is None


def test_nothing_in_a_kernel():
    assert find_grid(np.zeros((3, 0), "float32")) is None


scales = st.floats(2.0**-20, 2.0**20, width=32)


@given(
    scales,
    st.lists(st.integers(-127, 127), min_size=1, max_size=20),
    st.booleans(),
)
def test_finds_what_weights_were_made_of(scale, numbers, negative):
    weights = np.float32(scale) * np.float32([numbers])
    if negative:
        weights = -weights
    grid = find_grid(weights)
    found = grid.integers * grid.scales[:, None]
    # A common divisor goes into the scale, which is then rounded.
    assert np.allclose(found, weights, rtol=3e-7, atol=0)
    assert grid.is_exact == np.array_equal(found, weights)
    assert grid.is_exact or np.gcd.reduce(numbers) > 1
    assert grid.largest <= max(map(abs, numbers))


@given(scales, scales, st.lists(st.sampled_from([-7, -5, -1, 3]), min_size=2))
def test_forgives_a_product_that_was_rounded_twice(step, slope, numbers):
    levels = np.float32(numbers) * np.float32(step) * np.float32(slope)
    grid = find_grid(levels[None])
    assert grid.largest <= 7
    error = grid.integers * grid.scales.astype("f8") / levels - 1
    assert np.abs(error).max() <= 4e-7
