"""Random networks with dead channels compute the same once stripped."""

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, note, reject, settings
from hypothesis import strategies as st

from tests.graph.random_networks import networks
from tfprune.errors import TfpruneError
from tfprune.export import evaluate_tflite, export_tflite
from tfprune.export.flatbuffer.reader import parse_tflite, read_tflite
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.running.trial_runs import TrialRuns
from tfprune.export.strip import strip_flatbuffer

pytestmark = pytest.mark.filterwarnings("ignore:`build:UserWarning")

SEEDS = st.integers(0, 2**16)
DEAD = 0.35


def drawn(count):
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


def plant(model, seed):
    """Kills filters, and rows of kernels, of all layers that have some."""
    generator = np.random.default_rng(seed)
    for layer in model.layers:
        kernel = getattr(layer, "kernel", None)
        if not isinstance(kernel, keras.Variable) or len(kernel.shape) < 2:
            continue
        array = np.array(kernel)
        dead = generator.random(array.shape[-1]) < DEAD
        array[..., dead] = 0
        array[..., generator.random(array.shape[-2]) < DEAD / 2, :] = 0
        kernel.assign(array)
        bias = getattr(layer, "bias", None)
        if bias is not None and bias.shape == dead.shape:
            silent = dead & (generator.random(dead.size) < 0.5)
            bias.assign(np.where(silent, 0, np.array(bias)))


def inputs_of(model, count):
    generator = np.random.default_rng(5)
    found = {}
    for tensor in model.inputs:
        shape = (count, *tensor.shape[1:])
        if tensor.dtype.startswith("int"):
            found[tensor.name] = generator.integers(0, 3, shape)
        else:
            found[tensor.name] = generator.normal(size=shape).astype("f4")
    arrays = list(found.values())
    return arrays[0] if len(arrays) == 1 else tuple(arrays)


def outputs(path, data):
    found = evaluate_tflite(path, data)
    return found if isinstance(found, list) else [found]


def check(model, seed, folder, quantize, tolerance):
    plant(model, seed)
    data = inputs_of(model, 12)
    path, small = folder / "dead.tflite", folder / "small.tflite"
    try:
        export_tflite(
            model,
            path,
            quantize=quantize,
            representative_data=data,
            strip=False,
        )
    except TfpruneError:
        # Rolled loops are not calibrated, and int8 may be too coarse.
        reject()
    flatbuffer = read_tflite(path)
    with TrialRuns() as trials:
        report = strip_flatbuffer(flatbuffer, trials)
        content = serialize(flatbuffer)
        assert strip_flatbuffer(parse_tflite(content), trials).removed == 0
    note(str(report))
    small.write_bytes(content)
    expected, received = (outputs(x, data) for x in (path, small))
    for wanted, found in zip(expected, received, strict=True):
        error = np.abs(wanted - found).max()
        assert error <= tolerance * np.abs(wanted).max()


@given(model=networks("images"), seed=SEEDS)
@drawn(20)
def test_floats_are_the_same(tmp_path_factory, model, seed):
    folder = tmp_path_factory.mktemp("float")
    check(model, seed, folder, "float32", 1e-5)


@given(model=networks("sequences"), seed=SEEDS)
@drawn(12)
def test_floats_of_sequences_are_the_same(tmp_path_factory, model, seed):
    folder = tmp_path_factory.mktemp("sequence")
    check(model, seed, folder, "float32", 1e-5)


@given(model=networks("images"), seed=SEEDS)
@drawn(12)
def test_integers_are_the_same_to_the_bit(tmp_path_factory, model, seed):
    folder = tmp_path_factory.mktemp("int8")
    check(model, seed, folder, "int8", 0.0)
