"""Specimens of files, made once."""

import functools

import pytest

from tests.export.flatbuffer.specimens import SPECIMENS


@pytest.fixture(scope="session")
def specimen():
    """A function that gives the bytes of a specimen by its name."""
    return functools.cache(lambda name: SPECIMENS[name]())
