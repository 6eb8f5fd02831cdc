"""Ways to divide a kernel into groups, those of users among them."""

import numpy as np
import pytest

from tests.regularizers.members import array
from tfprune.regularizers import STRUCTURES, GroupLasso, Structure


@STRUCTURES.register("rows_for_a_test")
class Rows(Structure):
    """One group per input of a dense layer."""

    def inner_axes(self, rank):
        """Returns the last axis."""
        return (rank - 1,)


@pytest.mark.parametrize("rank", [2, 3, 4, 5])
@pytest.mark.parametrize("name", STRUCTURES.names())
def test_inner_axes_are_axes(name, rank):
    axes = STRUCTURES.get(name).inner_axes(rank)
    assert len(set(axes)) == len(axes)
    assert all(0 <= axis < rank for axis in axes)


def test_filters_are_on_the_last_axis():
    assert STRUCTURES.get("filter").inner_axes(4) == (0, 1, 2)


def test_a_structure_of_a_user():
    matrix = np.array([[3, -4], [5, 12]], "float32")
    penalty = GroupLasso(1.0, structure="rows_for_a_test")
    assert array(penalty(matrix)) == 5 + 13
    shortened = array(penalty.proximal(matrix, 5.0))
    np.testing.assert_array_equal(shortened[0], [0, 0])
