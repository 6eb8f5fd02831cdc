"""What stripping got wrong is taken back."""

import numpy as np
import pytest
import tensorflow as tf

from tests.export.channels.networks import network, outputs, parsed
from tfprune.export import proven_strip
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.proven_strip import largest_difference, strip_and_compare
from tfprune.export.running.trial_runs import TrialRuns


def test_the_difference_is_told():
    _, report = strip_and_compare(parsed(network(tf.nn.relu)))
    assert report.removed > 0
    assert report.difference is not None and report.difference < 1e-5
    assert report.warnings == ()


def test_a_wrong_removal_leaves_the_model_as_it_was(monkeypatch):
    content = network(tf.nn.relu)

    def spoil(model, trials):
        report = proven_strip_report(model, trials)
        (reader,) = [x for x in model.operators if x.name == "FULLY_CONNECTED"]
        reader.inputs[1].data = reader.inputs[1].data[::-1].copy()
        return report

    proven_strip_report = proven_strip.strip_flatbuffer
    monkeypatch.setattr(proven_strip, "strip_flatbuffer", spoil)
    model, report = strip_and_compare(parsed(content))
    assert report.removed == 0
    assert "taken back" in report.warnings[0]
    np.testing.assert_array_equal(outputs(content), outputs(serialize(model)))


@pytest.mark.parametrize("factor", [1.0, 1.01])
def test_difference_of_two_files(tmp_path, factor):
    first = network(lambda x: tf.tanh(x) * np.float32(1.0))
    second = network(lambda x: tf.tanh(x) * np.float32(factor))
    paths = [tmp_path / "first.tflite", tmp_path / "second.tflite"]
    paths[0].write_bytes(first)
    paths[1].write_bytes(second)
    with TrialRuns() as trials:
        found = largest_difference(*paths, parsed(first), trials)
    assert found == pytest.approx(factor - 1, rel=1e-2, abs=1e-6)
