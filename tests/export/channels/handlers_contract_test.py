"""Every handler keeps what a network computes when dead channels go."""

from functools import cache, partial

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.export.channels.handler_networks import MODELS
from tests.export.channels.networks import parsed, relative
from tests.export.channels.variants import (
    with_computed_inputs,
    with_one_channel,
    with_own_channels,
)
from tfprune.export.channels.handlers import HANDLERS
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.running.trial_runs import TrialRuns
from tfprune.export.strip import strip_flatbuffer

TOLERANCE = 1e-5
IMAGES = 5


@cache
def built(name, batch=1):
    """The bytes of the network of an operator."""
    return serialize(MODELS[name](batch))


def outputs(content, *given):
    """All outputs on random images, one row an image; None if it cannot run."""
    interpreter = Interpreter(model_content=content)
    entries = interpreter.get_input_details()
    generator = np.random.default_rng(2)
    rows = []
    try:
        interpreter.allocate_tensors()
        for _ in range(IMAGES):
            image = generator.normal(size=entries[0]["shape"]).astype("f4")
            for entry, array in zip(entries, (image, *given), strict=True):
                interpreter.set_tensor(entry["index"], array)
            interpreter.invoke()
            found = [
                interpreter.get_tensor(item["index"]).astype("f8").ravel()
                for item in interpreter.get_output_details()
            ]
            rows.append(np.concatenate(found))
    except (RuntimeError, ValueError):
        return None
    return np.stack(rows)


@pytest.fixture(scope="module")
def check():
    """A function that strips a model and compares it with what it was.

    It returns the report; None where the runtime cannot run the model at all.
    """
    with TrialRuns() as trials:
        yield partial(compare, trials)


def compare(trials, model, *given):
    before = serialize(model)
    expected = outputs(before, *given)
    if expected is None:
        return None
    report = strip_flatbuffer(model, trials)
    after = serialize(model)
    received = outputs(after, *given)
    assert received is not None
    assert received.shape == expected.shape
    assert relative(expected, received) < TOLERANCE
    assert strip_flatbuffer(parsed(after), trials).removed == 0
    assert np.ptp(expected, axis=0).max() > 0
    return report


def test_every_handler_has_a_network():
    assert set(MODELS) == set(HANDLERS)


@pytest.mark.parametrize("name", HANDLERS)
def test_it_computes_the_same_without_dead_channels(check, name):
    model = parsed(built(name))
    assert name in {operator.name for operator in model.operators}
    report = check(model)
    assert report.removed > 0
    assert report.bytes_after < report.bytes_before


@pytest.mark.parametrize("name", HANDLERS)
def test_several_images_at_once(check, name):
    model = parsed(built(name, 2))
    assert model.main.inputs[0].shape[0] == 2
    assert check(model).removed > 0


@pytest.mark.parametrize("name", HANDLERS)
def test_one_channel_is_left(check, name):
    assert check(with_one_channel(parsed(built(name)))).removed > 0


@pytest.mark.parametrize("name", HANDLERS)
def test_constants_that_come_from_outside(check, name):
    for model, given in with_computed_inputs(parsed(built(name)), name):
        assert check(model, given) is not None


@pytest.mark.parametrize("name", HANDLERS)
def test_constants_that_are_computed_from_the_channels(check, name):
    for model in with_own_channels(parsed(built(name)), name):
        assert check(model) is not None
