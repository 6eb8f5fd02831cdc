"""Running files that may bring native code down."""

import json

import numpy as np
import pytest
import tensorflow as tf

from tests.export.flatbuffer.specimens import SPECIMENS, converted
from tfprune.errors import InvalidInputError, MissingDependencyError
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.running.interpreter import UnknownOperatorError
from tfprune.export.running.interpreter_process import pack, unpack
from tfprune.export.running.isolated_runner import IsolatedRunner
from tfprune.export.running.runner import TfliteRunner
from tfprune.export.running.runtime import RUNTIMES, runtime_for

ALONE = [name for name in SPECIMENS if name != "described"]


def values_for(runner):
    generator = np.random.default_rng(0)
    return [generator.random(x.shape).astype("f4") for x in runner.inputs]


@pytest.mark.parametrize("name", ALONE)
def test_computes_what_the_interpreter_here_computes(specimen, name):
    content = specimen(name)
    here = TfliteRunner(content, source=name)
    values = values_for(here)
    expected = here.run(values)
    with IsolatedRunner(content, source=name) as runner:
        assert (runner.inputs, runner.outputs) == (here.inputs, here.outputs)
        for _ in range(2 if name != "recurrent" else 1):
            received = runner.run(values)
            for wanted, array in zip(expected, received, strict=True):
                np.testing.assert_array_equal(array, wanted)
                assert array.dtype == wanted.dtype
        times = runner.time(3)
    assert len(times) == 3 and min(times) > 0


def test_abort_names_the_signal(specimen):
    runner = IsolatedRunner(specimen("float32"), source="m.tflite")
    runner.interpreter._process.send_signal(6)  # noqa: SLF001
    with pytest.raises(InvalidInputError, match=r"'m.tflite' \(SIGABRT"):
        runner.run(values_for(runner))
    runner.close()


def test_hang_is_stopped():
    content = converted(
        lambda x: tf.while_loop(
            lambda x: tf.reduce_sum(x) > -1.0, lambda x: tf.abs(x), [x]
        )[0],
        (1, 4),
    )
    with IsolatedRunner(content, source="m.tflite") as runner:
        runner.interpreter.seconds = 1.0
        with pytest.raises(InvalidInputError, match="not run .* within 1 s"):
            runner.run(values_for(runner))


def test_unknown_operator_is_named(specimen):
    with pytest.raises(UnknownOperatorError, match="operators TfpruneDouble"):
        IsolatedRunner(specimen("described"), source="m.tflite")


def test_messages_keep_every_kind_of_array():
    arrays = [
        np.arange(6, dtype="i8").reshape(2, 3),
        np.zeros((0, 4), "f2"),
        np.array(True),
        np.array([1 + 2j], "c8"),
        np.arange(12, dtype="f4").reshape(3, 4)[:, ::2],
    ]
    content = b"".join(bytes(part) for part in pack({"a": 1}, arrays))
    line, _, rest = content.partition(b"\n")
    assert set(json.loads(line)) == {"a", "arrays"}
    position = 0

    def read(count):
        nonlocal position
        position += count
        return rest[position - count : position]

    header, found = unpack(line, read)
    assert (header, position) == ({"a": 1}, len(rest))
    for array, other in zip(arrays, found, strict=True):
        np.testing.assert_array_equal(array, other)
        assert array.dtype == other.dtype and array.shape == other.shape


def test_runtimes(specimen):
    model = parse_tflite(specimen("float32"))
    assert runtime_for(model, "litert") is RUNTIMES["litert"]
    with pytest.raises(InvalidInputError, match="Did you mean 'litert'"):
        runtime_for(model, "litrt")
    model.operators[0].name = "FlexAdd"
    model.operators[0].is_custom = True
    assert (
        runtime_for(model, "litert").module
        == "tensorflow.lite.python.interpreter"
    )


def test_runtime_that_is_not_installed_is_named(monkeypatch, specimen):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match="pip install tflite-run"):
        runtime_for(parse_tflite(specimen("float32")), "tflite_runtime")
