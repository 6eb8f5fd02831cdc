"""Types of whole weights."""

import pytest

from tfprune.errors import InvalidInputError
from tfprune.export.low_bit import Storage


@pytest.mark.parametrize(
    "smallest, ends, expected",
    [
        ("int4", (-1, 1), "INT4"),
        ("int4", (-8, 7), "INT4"),
        ("int4", (-7, 8), "INT8"),
        ("int8", (-1, 1), "INT8"),
        ("int2", (-1, 1), "INT2"),
        ("int2", (-2, 1), "INT2"),
        ("int2", (-1, 2), "INT4"),
        ("int2", (-127, 127), "INT8"),
    ],
)
def test_smallest_type_that_holds_them(smallest, ends, expected):
    assert Storage(smallest).of(*ends) == expected


def test_leaves_out_two_bits():
    assert Storage("int2").without_int2 == Storage("int4")
    assert Storage("int8").without_int2 == Storage("int8")


def test_refuses_other_types():
    with pytest.raises(InvalidInputError, match="Did you mean 'int4'"):
        Storage("int44")
