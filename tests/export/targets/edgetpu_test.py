"""The Edge TPU: one piece of the model, and the pairs of its compiler."""

import os
from pathlib import Path

import numpy as np
import pytest

from tests.export.networks import NETWORKS
from tests.export.targets.examples import (
    constant,
    convolution,
    make,
    model_of,
    relu,
    value,
)
from tfprune.export import export_tflite, read_tflite
from tfprune.export.flatbuffer.model import Subgraph
from tfprune.export.targets import check
from tfprune.export.targets.edgetpu import COMPILED
from tfprune.export.targets.partition import first_piece

MAPPED = "Mapped to Edge TPU"
LATER = "More than one subgraph is not supported"


def chain(*names):
    """Operators in a row, each of one input and one output."""
    tensors = [value() for _ in range(len(names) + 1)]
    return model_of(
        *(
            make(name, [source], result)
            for name, source, result in zip(
                names, tensors[:-1], tensors[1:], strict=True
            )
        )
    )


def statuses(model):
    return [x.status for x in check(model, "edgetpu").operators]


def test_all_in_one_piece():
    report = check(chain("RELU", "TANH"), "edgetpu")
    assert report.fits and report.runs
    assert report.mapping.mapped == (0, 1)
    assert report.mapping.first_break is None
    assert "all are mapped" in str(report)


def test_what_follows_a_break_stays_outside():
    model = chain("RELU", "TRANSPOSE", "TANH", "RELU")
    report = check(model, "edgetpu")
    assert statuses(model) == [
        MAPPED,
        "Operation not supported",
        LATER,
        LATER,
    ]
    assert report.runs and not report.fits
    assert report.mapping.mapped == (0,)
    assert report.mapping.first_break == 1


def test_a_break_at_the_start_moves_the_piece():
    model = chain("TRANSPOSE", "RELU", "TANH", "EXP", "RELU")
    assert check(model, "edgetpu").mapping.mapped == (1, 2)
    assert statuses(model)[-1] == LATER


def test_a_branch_beside_the_break_is_mapped():
    source, left, right = value(), value(), value()
    model = model_of(
        make("TRANSPOSE", [source], left),
        make("RELU", [source], right),
        make("ADD", [left, right], value()),
    )
    # The break comes first, so its results are there for the piece.
    assert check(model, "edgetpu").mapping.mapped == (1, 2)
    model.main.operators[:2] = reversed(model.main.operators[:2])
    # Here too: pieces of the processor may run before the device.
    assert first_piece(model.main, [model.main.operators[0]]) == (0,)


def test_nothing_to_map():
    report = check(chain("TRANSPOSE", "EXP"), "edgetpu")
    assert not report.runs
    assert report.mapping.mapped == ()
    assert first_piece(Subgraph([], [], [], []), []) == ()


def test_parameters_beyond_the_cache_are_streamed():
    weights = constant(1, "int8", shape=(9000, 1, 1, 1000), num_scales=1)
    layer = convolution(weights)
    layer.inputs[0] = value((1, 1, 1, 1000))
    layer.inputs[2] = constant(0, shape=(9000,))
    mapping = check(model_of(layer), "edgetpu").mapping
    assert mapping.parameter_bytes == 9000 * 1000 + 4 * 9000
    assert mapping.streamed_bytes == 9_036_000 - mapping.cache_bytes > 0
    assert check(model_of(relu()), "edgetpu").mapping.streamed_bytes == 0


def test_compiled_file_is_named_so():
    model = chain("RELU")
    model.main.operators[0].name = COMPILED
    model.main.operators[0].is_custom = True
    report = check(model, "edgetpu")
    assert report.fits
    assert report.warnings == (
        "The file is compiled for the Edge TPU already.",
    )


def test_float_files_do_not_run(exported):
    report = check(exported("residual").path, "edgetpu")
    assert not report.runs
    assert {x.status for x in report.refused} == {
        "Operation is working on an unsupported data type"
    }


def test_int8_files_lose_their_float_ends_only(exported):
    report = check(exported("residual", "int8").path, "edgetpu")
    assert report.runs
    assert [x.name for x in report.refused] == ["QUANTIZE", "DEQUANTIZE"]


def test_int8_files_with_uint8_ends_fit(models, tmp_path):
    path = tmp_path / "m.tflite"
    generator = np.random.default_rng(0)
    export_tflite(
        models("residual"),
        path,
        quantize="int8",
        representative_data=NETWORKS["residual"].sample(generator, 60),
        input_type="uint8",
        output_type="uint8",
    )
    report = check(path, "edgetpu")
    assert report.fits
    assert report.operators[0].input_types == ("UINT8",)


def test_dead_channels_are_counted(exported):
    model = read_tflite(exported("residual", "int8").path)
    layer = next(x for x in model.operators if x.name == "CONV_2D")
    assert check(model, "edgetpu").dead_channels == ()
    weights = layer.inputs[1]
    stored = weights.data.view("int8").reshape(weights.shape).copy()
    stored[[2, 5]] = 0
    weights.data = stored.reshape(-1).view(np.uint8)
    (found,) = check(model, "edgetpu").dead_channels
    assert (found.dead, found.channels) == (2, 16)
    assert "2 of 16 channels" in str(check(model, "edgetpu"))


def test_dead_channels_of_other_kinds(exported):
    float_model = read_tflite(exported("depthwise").path)
    layer = next(
        x for x in float_model.operators if x.name == "DEPTHWISE_CONV_2D"
    )
    weights = layer.inputs[1]
    stored = weights.data.view("float32").reshape(weights.shape).copy()
    stored[..., 3] = 0
    weights.data = stored.reshape(-1).view(np.uint8)
    (found,) = check(float_model, "litert").dead_channels
    assert (found.dead, found.channels) == (1, weights.shape[-1])


def pairs():
    folder = os.environ.get("TFPRUNE_DATA_DIR")
    if not folder:
        return []
    found = sorted(Path(folder, "edgetpu").glob("*_edgetpu.tflite"))
    return [
        (path.with_name(path.name.replace("_edgetpu", "")), path)
        for path in found
    ]


def outside(model):
    """Operators of a compiled file that stay on the processor."""
    return [
        (x.name, tuple(x.outputs[0].shape))
        for x in model.operators
        if x.name != COMPILED
    ]


@pytest.mark.skipif(not pairs(), reason="TFPRUNE_DATA_DIR holds no pairs")
def test_prediction_equals_what_the_compiler_did():
    for source, compiled in pairs():
        report = check(source, "edgetpu")
        predicted = [(x.name, x.output_shapes[0]) for x in report.refused]
        assert predicted == outside(read_tflite(compiled)), source.name
        assert report.mapping.mapped
