"""Dynamic-range and float16 models."""

from tfprune.export import export_tflite, read_tflite


def test_small_weights_stay_float(tmp_path, toy):
    report = export_tflite(toy, tmp_path / "m.tflite", quantize="dynamic")
    assert report.warnings[0].startswith("No weight has 1,024 elements")


def test_weights_are_int8(exported):
    report = exported("residual", "dynamic").report
    assert not any("1,024" in sentence for sentence in report.warnings)
    model = read_tflite(exported("residual", "dynamic").path)
    weights = [x for x in model.tensors if x.dtype == "INT8"]
    assert sum(x.size for x in weights) > 18_000
    assert model.main.inputs[0].dtype == "FLOAT32"


def test_weights_are_float16(exported):
    model = read_tflite(exported("residual", "float16").path)
    found = {x.dtype for x in model.tensors if x.is_constant and x.size > 4}
    assert found == {"FLOAT16"}
