"""Versions that are too low, or needlessly high, become true."""

import numpy as np
import pytest

from tests.export.versions.converted import CASES, converted
from tfprune.export import evaluate_tflite, read_tflite, serialize
from tfprune.export.passes.operator_versions import set_operator_versions

TRUE_CASES = [case for case in CASES if case[1] != "int16"]
# Dense layers with many scales, which older runtimes load and get wrong.
UNTRUE = {
    (name, "int8") for name in ("attention", "dense", "dense_of_rows", "vision")
}


def versions(model):
    return [(x.name, x.version) for x in model.operators]


def highest(model):
    found = {}
    for name, version in versions(model):
        found[name] = max(version, found.get(name, 0))
    return found


@pytest.mark.parametrize("name, mode", TRUE_CASES)
def test_files_of_the_converter_are_true_already(name, mode):
    model = converted(name, mode)
    before, metadata = versions(model), dict(model.metadata)
    changes = set_operator_versions(model)
    assert versions(model) == before
    if (name, mode) in UNTRUE:
        assert (changes, model.min_runtime) == (1, "2.10.0")
    else:
        assert changes == 0
        assert model.metadata == metadata


@pytest.mark.parametrize("name, mode", TRUE_CASES)
def test_forgotten_versions_are_found_again(name, mode):
    model = converted(name, mode)
    expected, runtime = highest(model), model.min_runtime
    if (name, mode) in UNTRUE:
        runtime = "2.10.0"
    for operator in model.operators:
        operator.version = 1
    model.metadata.clear()
    assert set_operator_versions(model) > 0
    assert highest(model) == expected
    assert model.min_runtime == runtime
    assert set_operator_versions(model) == 0


def test_too_high_is_lowered_where_that_is_certain():
    model = converted("dense", "int8")
    for operator in model.operators:
        operator.version += 1
    set_operator_versions(model)
    assert highest(model)["FULLY_CONNECTED"] == 4
    model = converted("dense", "int16")
    for operator in model.operators:
        operator.version = 11
    set_operator_versions(model)
    assert highest(model)["FULLY_CONNECTED"] == 11


def test_computes_the_same(exported, tmp_path):
    found = exported("residual", "int8")
    model = read_tflite(found.path)
    for operator in model.operators:
        operator.version = 1
    set_operator_versions(model)
    path = tmp_path / "m.tflite"
    path.write_bytes(serialize(model))
    np.testing.assert_array_equal(
        evaluate_tflite(path, found.data),
        evaluate_tflite(found.path, found.data),
    )
