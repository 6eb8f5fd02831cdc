"""The telling line of other libraries' errors."""

import pytest

from tfprune.export.error_line import error_line

WRAPPED = """in user code:

    File "model.py", line 3, in call  *
        x = self.dense(x)

    ValueError: Shapes do not match.

Arguments received by call
"""


@pytest.mark.parametrize(
    "error, expected",
    [
        (ValueError("First.\nSecond."), "First."),
        (ValueError(WRAPPED), "Shapes do not match."),
        (RuntimeError(""), "RuntimeError"),
    ],
)
def test_error_line(error, expected):
    assert error_line(error) == expected
