"""Figures of two outputs, against closed forms."""

import math

import numpy as np
import pytest

from tfprune.errors import VerificationError
from tfprune.export.verification.output_comparison import compare_values


def test_known_figures():
    first = np.array([[3.0, 4.0], [0.0, 0.0]], "f4")
    second = np.array([[3.0, 4.5], [0.0, 0.0]], "f4")
    found = compare_values("x", first, second)
    assert found.name == "x"
    assert found.max_abs_error == 0.5
    assert found.relative_error == pytest.approx(0.1)
    assert found.snr_db == pytest.approx(20.0)
    assert found.agreement == 1.0


def test_equal_outputs():
    values = np.arange(6.0).reshape(2, 3)
    found = compare_values("x", values, values)
    assert (found.max_abs_error, found.relative_error) == (0.0, 0.0)
    assert found.snr_db is None


def test_something_where_nothing_was():
    found = compare_values("x", np.zeros((2, 3)), np.full((2, 3), 0.25))
    assert found.relative_error == 1.0
    assert found.snr_db == -math.inf
    assert (
        compare_values("x", np.zeros((1, 2)), np.zeros((1, 2))).snr_db is None
    )


def test_classes():
    first = np.eye(4)
    second = np.eye(4)[[0, 1, 3, 2]]
    assert compare_values("x", first, second).agreement == 0.5
    assert compare_values("x", first[:, :1], second[:, :1]).agreement is None
    assert (
        compare_values("x", np.ones((2, 3, 4)), np.ones((2, 3, 4))).agreement
        is None
    )


def test_integers_and_complex_numbers():
    found = compare_values("x", np.array([200], "u1"), np.array([10], "u1"))
    assert found.max_abs_error == 190.0
    found = compare_values("x", np.array([3 + 4j], "c8"), np.array([3j], "c8"))
    assert found.max_abs_error == pytest.approx(math.sqrt(10))
    assert found.relative_error == pytest.approx(math.sqrt(10) / 5)


def test_infinities_at_the_same_place_are_equal():
    first = np.array([1.0, np.inf, np.nan])
    found = compare_values("x", first, np.array([1.5, np.inf, np.nan]))
    assert found.max_abs_error == 0.5
    for value in (0.0, -np.inf, np.nan):
        with pytest.raises(VerificationError, match="NaN or infinity"):
            compare_values("x", first, np.array([1.0, value, np.nan]))
    with pytest.raises(VerificationError, match="NaN or infinity"):
        compare_values("x", np.ones(2), np.array([1.0, np.nan]))


def test_shapes_must_agree():
    with pytest.raises(VerificationError, match=r"\(1, 2\) in the first"):
        compare_values("x", np.zeros((1, 2)), np.zeros((2, 1)))
