"""TruncatedGroupLasso on matrices whose norms are whole numbers."""

import keras
import numpy as np
import pytest

from tests.regularizers.members import array
from tfprune.errors import InvalidInputError
from tfprune.regularizers import GroupLasso, TruncatedGroupLasso

# The rows, one per input, are 5, 13 and 0 long.
MATRIX = np.array([[3, -4], [5, 12], [0, 0]], "float32")


def test_value():
    penalty = TruncatedGroupLasso(0.5, threshold=7.0)
    assert array(penalty(MATRIX)) == 0.5 * (5 + 7 + 0)


def test_subgradient_leaves_long_groups_alone():
    penalty = TruncatedGroupLasso(0.5, threshold=7.0)
    np.testing.assert_allclose(
        array(penalty.subgradient(MATRIX)),
        [[0.3, -0.4], [0, 0], [0, 0]],
        rtol=1e-6,
    )


@pytest.mark.parametrize("length", [0.5, 1.0, 3.0, 8.0, 60.0])
@pytest.mark.parametrize("threshold", [0.3, 1.0, 4.0])
def test_proximal_is_the_best_of_many_lengths(length, threshold):
    """A group only changes its length, so a search over lengths finds all."""
    penalty = TruncatedGroupLasso(1.0, threshold=threshold)
    norms = np.linspace(0.01, 20, 200)
    candidates = np.linspace(0, 25, 200001)
    direction = np.array([0.6, -0.8])
    weights = (norms[:, None] * direction).astype("float32")
    found = np.linalg.norm(array(penalty.proximal(weights, length)), axis=1)

    def cost(kept: np.ndarray, norm: float) -> np.ndarray:
        capped = np.minimum(kept, threshold)
        return (kept - norm) ** 2 / 2 + length * capped

    for norm, kept in zip(norms, found, strict=True):
        best = cost(candidates, norm).min()
        assert cost(kept, norm) <= best + 1e-4 * (1 + best)


def test_groups_beyond_the_threshold_keep_every_bit():
    penalty = TruncatedGroupLasso(1.0, threshold=7.0)
    point = array(penalty.proximal(MATRIX, 1.0))
    np.testing.assert_array_equal(point[1], MATRIX[1])
    np.testing.assert_allclose(point[0], MATRIX[0] * (1 - 1 / 5), rtol=1e-6)


def test_without_an_end_it_is_group_lasso():
    endless = TruncatedGroupLasso(0.5, threshold=1e6)
    plain = GroupLasso(0.5, structure="shape")
    for method in ("value", "subgradient"):
        np.testing.assert_array_equal(
            array(getattr(endless, method)(MATRIX)),
            array(getattr(plain, method)(MATRIX)),
        )
    np.testing.assert_array_equal(
        array(endless.proximal(MATRIX, 8.0)), array(plain.proximal(MATRIX, 8.0))
    )


def test_a_quantile_spares_the_longest_groups():
    rows = np.arange(1, 11, dtype="float32")[:, None] * np.float32([0.6, 0.8])
    penalty = TruncatedGroupLasso(0.5, quantile=0.75)
    pulled = np.any(array(penalty.subgradient(rows)), axis=1)
    # 0.75 * 9 is nearest to the eighth row, which is the threshold itself.
    np.testing.assert_array_equal(pulled, np.arange(10) < 7)
    assert array(penalty(rows)) == pytest.approx(0.5 * (28 + 3 * 8))


@pytest.mark.parametrize("jit_compile", [True, False])
def test_trains_with_a_quantile(jit_compile):
    penalty = TruncatedGroupLasso(0.5, quantile=0.5)
    layer = keras.layers.Dense(3, kernel_regularizer=penalty)
    model = keras.Sequential([keras.Input((6,)), layer])
    before = np.array(layer.kernel)
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=jit_compile)
    model.fit(np.zeros((2, 6)), np.zeros((2, 3)), verbose=0)
    expected = before - 0.1 * array(penalty.subgradient(before))
    np.testing.assert_allclose(np.array(layer.kernel), expected, rtol=1e-5)
    assert np.count_nonzero(np.any(before != expected, axis=1)) == 2


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"threshold": 0}, "Expected threshold .* > 0, received 0. Give"),
        ({"threshold": float("inf")}, "Expected threshold .* received inf"),
        ({"threshold": True}, "Expected threshold .* received True"),
        ({"threshold": "much"}, "Expected threshold .* received 'much'"),
        ({"quantile": 1.5}, "Expected quantile .* from 0 to 1 .* 1.5. Give"),
        ({"strength": -1}, "Expected strength of TruncatedGroupLasso"),
        ({"structure": "shapes"}, "Unknown structure 'shapes'"),
    ],
)
def test_unfit_arguments(arguments, text):
    with pytest.raises(InvalidInputError, match=text):
        TruncatedGroupLasso(**arguments)


def test_numbers_of_numpy_are_numbers():
    assert TruncatedGroupLasso(threshold=np.float32(0.5)).threshold == 0.5
