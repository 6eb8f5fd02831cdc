"""What is said of data that are no typical inputs."""

import numpy as np
import pytest

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.verification.sample_doubts import (
    check_varied,
    sample_doubts,
)
from tfprune.export.verification.samples import Samples

INPUT = ModelInput("image", (4, 4, 1), "float32")


def doubts(array):
    array = np.asarray(array, "f4")
    return sample_doubts(Samples((array,), "representative_data"), (INPUT,))


def noise(count=20):
    return np.random.default_rng(0).normal(size=(count, 4, 4, 1))


@pytest.mark.parametrize(
    "array, part",
    [
        (np.zeros((9, 4, 4, 1)), "All numbers of `representative_data` for"),
        (np.repeat(noise(1), 9, axis=0), "All 9 samples of"),
        (np.where(noise() > 2, noise(), 0), "lie at their lowest value, 0"),
        (np.where(noise() > 2, -noise(), 1), "at their highest value, 1"),
    ],
)
def test_warns_once(array, part):
    (sentence,) = doubts(array)
    assert part in sentence
    assert len(f"Warning: {sentence}") <= 120


def test_good_data_pass():
    assert doubts(noise()) == ()
    assert doubts(noise(1)) == ()
    # Digits: four fifths are background.
    assert doubts(np.where(noise() > 0.8, noise(), 0)) == ()


def test_integers_are_classes_or_tokens():
    wanted = ModelInput("tokens", (4,), "int32")
    samples = Samples((np.zeros((9, 4), "int32"),), "x")
    assert sample_doubts(samples, (wanted,)) == ()


def varied(*arrays):
    check_varied(Samples(arrays, "representative_data"))


@pytest.mark.parametrize(
    "arrays",
    [
        (np.zeros((9, 4), "f4"),),
        (np.full((1, 4), 3, "f4"),),
        (np.repeat(noise(1), 9, axis=0),),
        (np.zeros((9, 4), "int32"), np.ones((9, 2), "f4")),
    ],
)
def test_ranges_are_not_found_on_equal_samples(arrays):
    with pytest.raises(InvalidInputError, match="samples in .* that differ"):
        varied(*arrays)


def test_ranges_are_found_where_one_input_varies():
    varied(noise())
    varied(noise(1))
    # A mask that hides nothing, beside tokens.
    varied(np.ones((9, 4), "f4"), np.arange(36).reshape(9, 4))
    varied(np.full((1, 4), 7, "int32"))
