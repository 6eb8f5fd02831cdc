"""Integer ends of models that litert-quantizer made."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tfprune.errors import InvalidInputError
from tfprune.export import (
    evaluate_tflite,
    export_tflite,
    inspect_tflite,
    read_tflite,
    serialize,
)
from tfprune.export.quantization.ends import set_end_types

TYPES = [
    ("int4", "int8", "float32"),
    ("int4", "float32", "int8"),
    ("int4", "uint8", "uint8"),
    ("int16x8", "int16", "int16"),
]


@pytest.mark.parametrize("name", ["residual", "several_ends"])
@pytest.mark.parametrize("mode, input_type, output_type", TYPES)
def test_computes_as_with_float_ends(
    models, exported, tmp_path, name, mode, input_type, output_type
):
    found = exported(name, mode)
    path = tmp_path / "m.tflite"
    report = export_tflite(
        models(name),
        path,
        quantize=mode,
        representative_data=found.data,
        input_type=input_type,
        output_type=output_type,
    )
    summary = inspect_tflite(path)
    assert {x.dtype for x in summary.inputs} == {input_type}
    assert {x.dtype for x in summary.outputs} == {output_type}
    assert summary.inputs == report.inputs
    names = [x.name for x in report.outputs]
    assert names == [x.name for x in found.report.outputs]
    received = evaluate_tflite(path, found.data)
    expected = evaluate_tflite(found.path, found.data)
    if name == "residual":
        received, expected = [received], [expected]
    for values, wanted, end in zip(
        received, expected, summary.outputs, strict=True
    ):
        # A tie may round the other way.
        assert np.abs(values - wanted).max() <= 1.01 * (end.scale or 1e-6)


def test_signature_takes_integers(models, exported, tmp_path):
    path = tmp_path / "m.tflite"
    export_tflite(
        models("residual"),
        path,
        quantize="int4",
        representative_data=exported("residual").data,
        input_type="uint8",
        output_type="int8",
    )
    run = Interpreter(model_path=str(path)).get_signature_runner()
    (outputs,) = run(image=np.zeros((1, 12, 12, 3), "uint8")).values()
    assert outputs.dtype == np.int8


def test_integer_inputs_stay(models, exported, tmp_path):
    path = tmp_path / "m.tflite"
    export_tflite(
        models("embedded"),
        path,
        quantize="int16x8",
        representative_data=exported("embedded").data,
        input_type="int16",
    )
    assert inspect_tflite(path).inputs[0].dtype == "int32"


@pytest.mark.parametrize("end", ["input", "output"])
@pytest.mark.parametrize(
    "mode, wanted", [("float32", "int8"), ("int4", "int16")]
)
def test_refuses_what_the_model_does_not_compute(exported, mode, wanted, end):
    model = read_tflite(exported("residual", mode).path)
    types = {"input_type": "float32", "output_type": "float32"}
    with pytest.raises(InvalidInputError, match=f"`{end}_type` '{wanted}'"):
        set_end_types(model, **(types | {f"{end}_type": wanted}))
    serialize(model)


@pytest.mark.parametrize("end", ["input", "output"])
@pytest.mark.parametrize("wanted", ["uint8", "int16", "float32"])
def test_integer_ends_of_files_stay(models, exported, tmp_path, end, wanted):
    source, path = tmp_path / "source.tflite", tmp_path / "m.tflite"
    export_tflite(
        models("residual"),
        source,
        quantize="int8",
        representative_data=exported("residual").data,
        input_type="int8",
        output_type="int8",
    )
    expected = f"Expected `{end}_type` to be 'int8', which"
    with pytest.raises(InvalidInputError, match=expected):
        export_tflite(source, path, **{f"{end}_type": wanted})
    assert not path.exists()
    report = export_tflite(source, path, **{f"{end}_type": "int8"})
    assert {x.dtype for x in (*report.inputs, *report.outputs)} == {"int8"}
