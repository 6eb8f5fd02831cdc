"""Validation samples come off the train split."""

import numpy as np
import pytest

from tfprune.errors import InvalidInputError
from tfprune.models import data


def images(samples: np.ndarray) -> set[bytes]:
    return {sample.tobytes() for sample in samples}


@pytest.mark.parametrize(("size", "held"), [(200, 200), (0.1, 144)])
def test_the_train_split_is_divided(size, held):
    digits = data.load("digits")
    (x, y), (x_held, y_held) = data.validation_split(digits, size)
    assert len(x_held) == len(y_held) == held
    assert len(x) == len(y) == len(digits.x_train) - held
    assert images(x) | images(x_held) == images(digits.x_train)
    assert not images(x) & images(x_held)
    assert not images(x_held) & images(digits.x_test)


def test_the_seed_decides():
    digits = data.load("digits")
    splits = [
        data.validation_split(digits, 100, seed=seed)[1][0]
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(splits[0], splits[1])
    assert not np.array_equal(splits[0], splits[2])


def test_every_class_is_on_both_sides():
    (_, y), (_, y_held) = data.validation_split(data.load("digits"), 20)
    assert set(y) == set(y_held) == set(range(10))


@pytest.mark.parametrize("size", [3, 0.001, 5000, -1])
def test_a_size_that_does_not_fit(size):
    with pytest.raises(InvalidInputError, match=f"received size={size}"):
        data.validation_split(data.load("digits"), size)
