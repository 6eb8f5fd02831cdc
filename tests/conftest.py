"""Tests that do not depend on the order in which they run."""

import keras
import pytest


@pytest.fixture(autouse=True)
def layers_are_named_from_the_beginning():
    """Keras counts names over a whole process."""
    keras.utils.clear_session(free_memory=False)
