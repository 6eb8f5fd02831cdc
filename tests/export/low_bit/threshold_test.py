"""From which number on a condition holds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tfprune.export.low_bit.threshold import first_real, first_true, ordered


@given(st.lists(st.integers(-40, 40), min_size=1, max_size=8))
def test_finds_the_first_integer(limits):
    limits = np.array(limits)
    ends = np.full(limits.shape, 20)
    found = first_true(lambda x: x >= limits, -ends, ends)
    assert np.array_equal(found, np.clip(limits, -20, 21))


@given(
    st.lists(
        st.floats(width=32, allow_nan=False, allow_subnormal=False),
        min_size=1,
        max_size=8,
    )
)
def test_finds_the_first_float(limits):
    limits = np.array(limits, "float32")
    found = first_real(lambda x: x >= limits, len(limits))
    smallest = -np.finfo("f4").max
    assert np.array_equal(found, np.maximum(limits, smallest))


def test_order_of_floats():
    numbers = ordered(np.arange(-(2**20), 2**20, 977))
    assert (np.diff(numbers) > 0).all()
    assert ordered(np.zeros(1, "int64"))[0] == 0
