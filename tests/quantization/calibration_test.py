"""Representative data in all forms that ranges are found on."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tfprune.errors import InvalidInputError

X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
Y = 3 * X[:, :2]

FORMS = {
    "array": X,
    "in_a_list": [X],
    "in_a_tuple": (X,),
    "list_of_batches": [X[:25], X[25:]],
    "tuple_of_lists": ([X[:25]], [X[25:]]),
    "generator": (X[i : i + 8] for i in range(0, 40, 8)),
    "generator_of_lists": ([X[i : i + 1]] for i in range(40)),
    "function": lambda: iter([X[:25], X[25:]]),
    "function_of_an_array": lambda: X,
}

PAIRS = {
    "list": [X, Y],
    "list_of_batches": [[X[:25], Y[:25]], [X[25:], Y[25:]]],
    "two_batches": ((X[:25], Y[:25]), (X[25:], Y[25:])),
    "generator": ((X[i : i + 8], Y[i : i + 8]) for i in range(0, 40, 8)),
}


def of_one():
    inputs = keras.Input((4,), name="numbers")
    return keras.Model(inputs, layers.Dense(2, name="dense")(inputs))


def of_two(names):
    inputs = keras.Input((4,), name="a"), keras.Input((2,), name="b")
    x = layers.Concatenate()([layers.Dense(2)(inputs[0]), inputs[1]])
    if names:
        inputs = {"a": inputs[0], "b": inputs[1]}
    return keras.Model(inputs, x)


def extremes(aware, name):
    found = aware.get_layer(name)
    return float(np.min(found.low)), float(np.max(found.high))


# A structure that does not match would be a warning of Keras', and an error.
@pytest.mark.parametrize("form", FORMS)
def test_ranges_are_those_of_all_samples(form):
    aware = tfprune.quantize_aware(of_one(), representative_data=FORMS[form])
    assert extremes(aware, "numbers_range") == (X.min(), X.max())


@pytest.mark.parametrize("form", PAIRS)
def test_several_inputs(form):
    aware = tfprune.quantize_aware(
        of_two(names=False), representative_data=PAIRS[form]
    )
    assert extremes(aware, "a_range") == (X.min(), X.max())


def test_inputs_by_name():
    for data in ({"a": X, "b": Y}, [{"a": X, "b": Y}], [X, Y]):
        aware = tfprune.quantize_aware(
            of_two(names=True), representative_data=data
        )
        assert extremes(aware, "a_range") == (X.min(), X.max())


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_named(value):
    bad = X.copy()
    bad[33, 1] = value
    with pytest.raises(
        InvalidInputError, match="infinity in samples from 32 on.*'numbers'"
    ):
        tfprune.quantize_aware(of_one(), representative_data=bad)
    with pytest.raises(InvalidInputError, match="in batch 1 of input 'a'"):
        tfprune.quantize_aware(
            of_two(names=True),
            representative_data=iter([(X, Y), (bad, Y)]),
        )


@pytest.mark.parametrize("data", [(X, np.zeros(40)), [X, X[:, :3]], X[:, :3]])
def test_what_does_not_fit_is_refused(data):
    with pytest.raises(InvalidInputError, match="without labels"):
        tfprune.quantize_aware(of_one(), representative_data=data)
