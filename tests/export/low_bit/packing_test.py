"""Integers of few bits in bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprune.export.low_bit.packing import packed, unpacked


@pytest.mark.parametrize(
    "numbers, bits, expected",
    [
        ([1, -1, 7], 4, [0xF1, 0x07]),
        ([-8, 0], 4, [0x08]),
        ([1, -1, -2, 0, 1], 2, [0b00101101, 0b01]),
        ([-128, 127], 8, [0x80, 0x7F]),
        ([], 4, []),
    ],
)
def test_bytes_by_hand(numbers, bits, expected):
    assert packed(np.array(numbers, "int8"), bits).tolist() == expected


@given(st.sampled_from([2, 4, 8]), st.data())
def test_gives_back_what_was_packed(bits, data):
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    numbers = data.draw(st.lists(st.integers(low, high), max_size=30))
    array = np.array(numbers, "int8")
    found = packed(array, bits)
    assert found.dtype == np.uint8
    assert len(found) == -(-len(numbers) * bits // 8)
    assert np.array_equal(unpacked(found, bits, len(numbers)), array)
