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


# What the axes of a kernel are reduced to: of a convolution, of a dense layer.
GROUPS = {
    "filter": ("hwio->o", "io->o"),
    "channel": ("hwio->i", "io->i"),
    "kernel": ("hwio->io", "io->io"),
    "shape": ("hwio->hwi", "io->i"),
    "layer": ("hwio->", "io->"),
}


def by_hand(kernel: np.ndarray, equation: str, length: float) -> np.ndarray:
    """The proximal operator of the sum of the groups' norms."""
    axes, groups = equation.split("->")
    norms = np.sqrt(np.einsum(equation, kernel**2))
    kept = np.maximum(1 - length / norms, 0)
    return np.einsum(f"{axes},{groups}->{axes}", kernel, kept)


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("name", GROUPS)
def test_closed_forms(name, dense):
    shape = (6, 5) if dense else (3, 2, 4, 5)
    kernel = np.random.default_rng(0).normal(size=shape).astype("float32")
    equation = GROUPS[name][dense]
    norms = np.sqrt(np.einsum(equation, kernel**2))
    penalty = GroupLasso(0.5, structure=name)
    assert array(penalty(kernel)) == pytest.approx(0.5 * norms.sum(), rel=1e-5)
    # As long as the group in the middle: some go, some stay.
    length = float(np.median(norms)) * (0.9 if norms.ndim == 0 else 1.0)
    point = array(penalty.proximal(kernel, 2 * length))
    expected = by_hand(kernel, equation, length)
    np.testing.assert_allclose(point, expected, rtol=1e-4, atol=1e-5)
    assert 0 < np.count_nonzero(point)
    assert (np.count_nonzero(point) < point.size) == (name != "layer")


def test_every_structure_is_held_against_numpy():
    built_in = {x for x in STRUCTURES.names() if "test" not in x}
    assert built_in == set(GROUPS)


def test_filters_are_on_the_last_axis():
    assert STRUCTURES.get("filter").inner_axes(4) == (0, 1, 2)


def test_a_structure_of_a_user():
    matrix = np.array([[3, -4], [5, 12]], "float32")
    penalty = GroupLasso(1.0, structure="rows_for_a_test")
    assert array(penalty(matrix)) == 5 + 13
    shortened = array(penalty.proximal(matrix, 5.0))
    np.testing.assert_array_equal(shortened[0], [0, 0])
