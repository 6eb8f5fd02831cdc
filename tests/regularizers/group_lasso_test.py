"""GroupLasso on matrices whose norms are whole numbers."""

import numpy as np
import pytest

from tests.regularizers.members import array
from tfprune.errors import InvalidInputError
from tfprune.regularizers import GroupLasso

# The columns, one per unit, are 5, 13 and 0 long.
MATRIX = np.array([[3, -5, 0], [-4, 12, 0]], "float32")


def test_value():
    assert array(GroupLasso(0.5)(MATRIX)) == 0.5 * (5 + 13 + 0)


def test_value_of_a_convolution_kernel():
    kernel = np.zeros((1, 2, 1, 3), "float32")
    kernel[0, :, 0, :] = MATRIX
    assert array(GroupLasso(0.5)(kernel)) == 0.5 * (5 + 13 + 0)


def test_value_of_a_vector_is_that_of_l1():
    vector = np.array([3, -4, 0], "float32")
    assert array(GroupLasso(0.5)(vector)) == 0.5 * (3 + 4 + 0)


def test_subgradient():
    expected = 0.5 * np.array([[3 / 5, -5 / 13, 0], [-4 / 5, 12 / 13, 0]])
    np.testing.assert_allclose(
        array(GroupLasso(0.5).subgradient(MATRIX)), expected, rtol=1e-6
    )


@pytest.mark.parametrize("step", [1.0, 10.0, 20.0, 26.0])
def test_proximal(step):
    lengths = np.maximum(np.array([5, 13, 1]) - 0.5 * step, 0)
    np.testing.assert_allclose(
        array(GroupLasso(0.5).proximal(MATRIX, step)),
        MATRIX / np.array([5, 13, 1]) * lengths,
        rtol=1e-5,
        atol=1e-6,
    )


def test_proximal_removes_a_group_as_short_as_the_step():
    shortened = array(GroupLasso(0.5).proximal(MATRIX, 10.0))
    np.testing.assert_array_equal(shortened[:, 0], [0, 0])
    assert np.all(shortened[:, 1] != 0)


def test_scale_by_size():
    scaled = GroupLasso(0.5, scale_by_size=True)
    plain = GroupLasso(0.5 * 2**0.5)  # Two weights per unit.
    assert array(scaled(MATRIX)) == pytest.approx(array(plain(MATRIX)))
    np.testing.assert_allclose(
        array(scaled.proximal(MATRIX, 3.0)),
        array(plain.proximal(MATRIX, 3.0)),
        rtol=1e-6,
    )


def test_unknown_structure():
    with pytest.raises(
        InvalidInputError,
        match="Unknown structure 'filters'. Did you mean 'filter'",
    ):
        GroupLasso(structure="filters")


@pytest.mark.parametrize(
    "strength",
    [-1, float("nan"), float("inf"), "strong", None, [0.1], True, "0.1"],
)
def test_unfit_strength(strength):
    with pytest.raises(
        InvalidInputError, match="Expected strength of GroupLasso to be a fin"
    ):
        GroupLasso(strength)
