"""Hard swish as a product, a sum and a product."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from tfprune.export import evaluate_tflite, export_tflite, read_tflite
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.passes import run_passes, split_hard_swish


def written(path, spread, quantize="int8"):
    """A file with one hard swish on inputs of some spread, and the inputs."""
    inputs = keras.Input((5, 4, 3))
    model = keras.Model(inputs, layers.Activation("hard_silu")(inputs))
    generator = np.random.default_rng(0)
    data = generator.normal(0, spread, (80, 5, 4, 3)).astype("float32")
    export_tflite(
        model, path, quantize=quantize, representative_data=data, strip=False
    )
    return data


def split(path):
    """The same file, after the pass."""
    model = read_tflite(path)
    assert split_hard_swish(model) == 1
    other = path.with_name("split.tflite")
    other.write_bytes(serialize(model))
    return model, other


@pytest.mark.parametrize("spread", [0.1, 1.0, 8.0, 100.0])
def test_computes_hard_swish(tmp_path, spread):
    path = tmp_path / "m.tflite"
    data = written(path, spread)
    model, other = split(path)
    names = [x.name for x in model.operators]
    assert "HARD_SWISH" not in names
    assert (names.count("MUL"), names.count("ADD")) == (2, 1)
    assert {x.version for x in model.operators} <= {1, 2}
    expected = ops.convert_to_numpy(ops.hard_silu(data))
    result = model.main.operators[-1].inputs[0]
    steps = np.abs(evaluate_tflite(other, data) - expected) / result.scale()
    # The input is rounded, the gate is, and so is their product.
    gate_rounding = np.abs(data).max() / 255 / result.scale()
    assert steps.max() < 2.5 + gate_rounding
    plain = np.abs(evaluate_tflite(path, data) - expected) / result.scale()
    assert steps.mean() < plain.mean() + 1


def test_float_models_stay(tmp_path):
    path = tmp_path / "m.tflite"
    written(path, 1.0, quantize="float32")
    model = read_tflite(path)
    assert run_passes(model, [split_hard_swish]) == 0
    assert [x.name for x in model.operators] == ["HARD_SWISH"]


def test_finds_nothing_the_second_time(tmp_path):
    path = tmp_path / "m.tflite"
    written(path, 1.0)
    model, _ = split(path)
    assert split_hard_swish(model) == 0
