"""Models on random inputs, in a process that may die."""

import numpy as np
import pytest

from tests.export.flatbuffer.specimens import converted
from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.running.isolated_interpreter import LostInterpreterError
from tfprune.export.running.trial_runs import DRAWS, TrialRuns


@pytest.fixture
def doubling(tmp_path):
    """A file that doubles three numbers, and what it holds."""
    path = tmp_path / "m.tflite"
    path.write_bytes(converted(lambda x: 2 * x, (1, 3)))
    return path, parse_tflite(path.read_bytes())


def test_both_kinds_of_kernels_get_the_same_inputs(doubling):
    with TrialRuns() as trials:
        found = [outputs[0] for outputs in trials.of(*doubling)]
    draws = [
        2 * np.random.default_rng(seed).normal(size=(1, 3)).astype("f4")
        for seed in range(DRAWS)
    ]
    np.testing.assert_array_equal(found, [*draws, *draws])


def test_a_process_that_dies_is_one_error_and_replaced(doubling):
    with TrialRuns() as trials:
        list(trials.of(*doubling))
        trials._interpreter._process.send_signal(11)  # noqa: SLF001
        with pytest.raises(LostInterpreterError, match="SIGSEGV"):
            list(trials.of(*doubling))
        assert len(list(trials.of(*doubling))) == 2 * DRAWS


def test_what_cannot_be_loaded_is_one_error(tmp_path, doubling):
    path = tmp_path / "damaged.tflite"
    path.write_bytes(doubling[0].read_bytes()[:40])
    with TrialRuns() as trials:
        with pytest.raises(InvalidInputError, match="cannot load"):
            list(trials.of(path, doubling[1]))
        assert len(list(trials.of(*doubling))) == 2 * DRAWS


def test_operators_of_others_are_named(tmp_path, doubling):
    model = doubling[1]
    model.operators[0].name = "Mystery"
    model.operators[0].is_custom = True
    path = tmp_path / "custom.tflite"
    path.write_bytes(serialize(model))
    with TrialRuns() as trials:
        with pytest.raises(InvalidInputError, match="operators Mystery.$"):
            list(trials.of(path, model))
