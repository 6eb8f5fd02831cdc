"""L1 in numbers that can be checked by eye."""

import keras
import numpy as np
import pytest

from tests.regularizers.members import array
from tfprune.errors import InvalidInputError
from tfprune.regularizers import L1

SCALES = np.array([1.0, -2.0, 0.25, 0.0], "float32")


def test_value():
    assert array(L1(0.5)(SCALES)) == 0.5 * (1 + 2 + 0.25 + 0)


def test_value_per_channel():
    assert array(L1([1, 0.5, 2, 7])(SCALES)) == 1 + 0.5 * 2 + 2 * 0.25


def test_subgradient():
    slope = array(L1([1, 0.5, 2, 7]).subgradient(SCALES))
    np.testing.assert_array_equal(slope, [1, -0.5, 2, 0])


def test_proximal():
    np.testing.assert_array_equal(
        array(L1(0.5).proximal(SCALES, 0.5)), [0.75, -1.75, 0, 0]
    )


def test_proximal_per_channel():
    np.testing.assert_array_equal(
        array(L1([2, 0.5, 0.25, 7]).proximal(SCALES, 0.5)),
        [0, -1.75, 0.125, 0],
    )


def test_strengths_go_along_the_last_axis():
    kernel = np.ones((3, 3, 2, 4), "float32")
    penalty = L1([1, 2, 3, 4])
    assert array(penalty(kernel)) == 3 * 3 * 2 * (1 + 2 + 3 + 4)


def test_one_strength_per_channel_in_a_model():
    layer = keras.layers.BatchNormalization(gamma_regularizer=L1([1, 2, 3]))
    model = keras.Sequential([keras.Input((3,)), layer])
    assert array(model.losses[0]) == 1 + 2 + 3
    assert layer.get_config()["gamma_regularizer"]["config"] == {
        "strength": [1.0, 2.0, 3.0]
    }


def test_a_list_of_another_length():
    with pytest.raises(
        InvalidInputError,
        match=r"per channel of weights of shape \(4,\), received 3. Give 4",
    ):
        L1([1, 2, 3])(SCALES)


@pytest.mark.parametrize(
    "strength",
    [
        *(-1, [1, -1], float("nan"), [], [[1]], "strong", None),
        *(True, np.True_, "0.1", b"1", [0.1, "0.1"], [0.1, False], {}),
    ],
)
def test_unfit_strength(strength):
    with pytest.raises(
        InvalidInputError, match="or a list of them, one per channel, receive"
    ):
        L1(strength)
