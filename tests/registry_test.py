"""Names, duplicates and suggestions."""

import pytest

from tfprune.errors import InvalidInputError
from tfprune.registry import Registry, did_you_mean


class Alpha:
    """A member."""


@pytest.fixture
def letters():
    registry = Registry("letter")
    registry.register("alpha")(Alpha)
    return registry


def test_a_name_a_class_and_an_object_give_a_member(letters):
    ready = Alpha()
    assert isinstance(letters.get("alpha"), Alpha)
    assert isinstance(letters.get(Alpha), Alpha)
    assert letters.get(ready) is ready
    assert letters.names() == ("alpha",)


def test_a_mistyped_name_is_answered_with_the_closest(letters):
    with pytest.raises(InvalidInputError) as raised:
        letters.get("aplha")
    assert str(raised.value) == (
        "Unknown letter 'aplha'. Did you mean 'alpha'? Expected one of: alpha."
    )


def test_a_name_is_taken_once(letters):
    with pytest.raises(InvalidInputError, match="already taken"):
        letters.register("alpha")(Alpha)


def test_nothing_close_suggests_nothing():
    assert did_you_mean("xyz", ["alpha"]) == ""
