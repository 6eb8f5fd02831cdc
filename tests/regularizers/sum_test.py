"""Sums of penalties: their numbers, and the order of their steps."""

import numpy as np
import pytest

from tests.regularizers.members import array
from tfprune.errors import InvalidInputError
from tfprune.regularizers import L1, GroupLasso, Sum

MATRIX = np.array([[3, -5, 0], [-4, 12, 0]], "float32")


def test_values_and_slopes_add_up():
    terms = L1(0.2), GroupLasso(0.5)
    both = Sum(terms)
    assert array(both(MATRIX)) == sum(array(x(MATRIX)) for x in terms)
    np.testing.assert_array_equal(
        array(both.subgradient(MATRIX)),
        sum(array(x.subgradient(MATRIX)) for x in terms),
    )


def test_steps_follow_each_other():
    both = Sum([GroupLasso(0.5, "filter"), GroupLasso(0.5, "channel")])
    columns = MATRIX / [5, 13, 1] * np.maximum(np.array([5, 13, 1]) - 4, 0)
    norms = np.linalg.norm(columns, axis=1, keepdims=True)
    expected = columns * np.maximum(1 - 4 / norms, 0)
    point = array(both.proximal(MATRIX, 8.0))
    np.testing.assert_allclose(point, expected, rtol=1e-5, atol=1e-6)


def test_zeros_of_any_term_are_zeros():
    both = Sum([GroupLasso(0.5, "filter"), GroupLasso(0.5, "channel")])
    weights = np.array([[1, 0, 1], [1, 0, 1], [0, 0, 0]], "float32")
    np.testing.assert_array_equal(array(both.alive(weights)), weights != 0)


@pytest.mark.parametrize("penalties", [[], ["l1", None], [np.sum], L1(1.0)])
def test_unfit_penalties(penalties):
    with pytest.raises(InvalidInputError, match="one or more penalties of"):
        Sum(penalties)


def test_names_stand_for_penalties():
    kinds = [type(x) for x in Sum(["l1", "group_lasso"]).penalties]
    assert kinds == [L1, GroupLasso]
