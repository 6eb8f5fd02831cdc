"""Inputs that users give, and what is said of wrong ones."""

import re

import numpy as np
import pytest

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.verification.samples import random_samples, read_samples

ONE = (ModelInput("image", (2, 3), "float32"),)
TWO = (*ONE, ModelInput("tokens", (4,), "int32"))


def read(data, inputs=ONE, limit=100):
    return read_samples(data, inputs, origin="x", limit=limit)


def images(count):
    return np.arange(count * 6, dtype="float32").reshape(count, 2, 3)


def tokens(count):
    return np.arange(count * 4).reshape(count, 4)


class Endless:
    """An iterable that never ends."""

    def __iter__(self):
        while True:
            yield images(1)[0]


FORMS = [
    images(10),
    images(10).astype("float64"),
    images(10).astype("uint8"),
    [images(10)],
    (images(10),),
    {"image": images(10)},
    list(images(10)),
    iter(images(10)),
    (batch for batch in (images(10)[:7], images(10)[7:])),
    lambda: iter(images(10)),
    lambda: ((sample[None],) for sample in images(10)),
    lambda: ([sample[None]] for sample in images(10)),
    (sample.tolist() for sample in images(10)),
    (({"image": x}) for x in images(10)),
]


@pytest.mark.parametrize("data", FORMS)
def test_forms_of_one_input(data):
    samples = read(data)
    assert len(samples) == 10
    (array,) = samples.arrays
    assert array.dtype == "float32"
    np.testing.assert_array_equal(array, images(10))


@pytest.mark.parametrize(
    "data",
    [
        (images(5), tokens(5)),
        [images(5), tokens(5)],
        {"tokens": tokens(5), "image": images(5)},
        zip(images(5), tokens(5), strict=True),
        [(a, b) for a, b in zip(images(5), tokens(5), strict=True)],
        [
            {"tokens": b, "image": a}
            for a, b in zip(images(5), tokens(5), strict=True)
        ],
    ],
)
def test_forms_of_two_inputs(data):
    first, second = read(data, TWO).arrays
    np.testing.assert_array_equal(first, images(5))
    np.testing.assert_array_equal(second, tokens(5))
    assert second.dtype == "int32"


def test_limit_takes_arrays_evenly_and_streams_from_the_start():
    even = read(images(101), limit=5).arrays[0]
    np.testing.assert_array_equal(even, images(101)[[0, 25, 50, 75, 100]])
    assert len(read(Endless(), limit=7)) == 7
    assert len(read(images(101)).at_most(10)) == 10


def with_hole(value):
    array = images(6)
    array[4, 1, 1] = value
    return array


ERRORS = [
    (
        images(4)[:, :, :2],
        ONE,
        "Expected `x` for input 'image' with shape (samples, 2, 3). Received "
        "shape (4, 2, 2). Reshape or resize the data.",
    ),
    (np.float32(3), ONE, "Received shape (). Reshape"),
    (
        images(4).astype(str),
        ONE,
        "Expected `x` for input 'image' with a dtype that casts to float32. "
        "Received dtype <U32. Convert the data.",
    ),
    (
        (images(4), images(4)[:, 0].repeat(2, 1)[:, :4] + 0.5),
        TWO,
        "casts to int32. Received dtype float32",
    ),
    (
        images(0),
        ONE,
        "Expected at least one sample in `x` for input 'image'. Received none.",
    ),
    (
        iter(()),
        ONE,
        "Expected at least one sample in `x`. Received an empty tuple_iterator",
    ),
    (
        with_hole(np.nan),
        ONE,
        "Expected finite numbers in `x` for input 'image'. Received NaN or "
        "infinity, first in sample 4.",
    ),
    (iter(with_hole(-np.inf)), ONE, "first in sample 4. Remove or repair"),
    (
        (images(4), tokens(5)),
        TWO,
        "Expected as many samples for every input in `x`. Received [4, 5].",
    ),
    (
        {"image": images(4), "token": tokens(4)},
        TWO,
        "Expected `x` with the keys ['image', 'tokens'], the inputs of the "
        "model. Received ['image', 'token'].",
    ),
    (
        zip(images(4), tokens(4), strict=True),
        ONE,
        "Expected 1 arrays in each item of `x`, for the inputs ['image']. "
        "Received 2. Pass inputs only, without labels",
    ),
    (images(4), TWO, "Expected 2 arrays in each item of `x`"),
    (
        3.5,
        ONE,
        "Expected `x` to be an array, one array for each input, or an "
        "iterable of samples. Received: float.",
    ),
    ([[[1.0], [1.0, 2.0]]], ONE, "`x` holds a list that does not form an"),
]


@pytest.mark.parametrize("data, inputs, expected", ERRORS)
def test_wrong_data(data, inputs, expected):
    with pytest.raises(InvalidInputError, match=re.escape(expected)) as caught:
        read(data, inputs)
    assert "\n" not in str(caught.value)


def test_random_samples():
    samples = random_samples(TWO, count=50)
    first, second = samples.arrays
    assert first.shape == (50, 2, 3)
    assert 0 <= first.min() < first.max() < 1
    assert second.dtype == "int32"
    assert set(np.unique(second)) == {0, 1}
    again = random_samples(TWO, count=50)
    np.testing.assert_array_equal(first, again.arrays[0])
