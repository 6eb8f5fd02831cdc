"""The oldest runtime, against what TensorFlow writes into its files."""

import pytest

from tests.export.versions.converted import CASES, converted
from tests.export.versions.operators import convolution, dense, tensor
from tfprune.export import MODES, check
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.versions.runtime import (
    as_numbers,
    kernel_release,
    min_runtime_version,
    oldest_runtime,
    releases,
    state_min_runtime,
)


@pytest.mark.parametrize("name, mode", CASES)
def test_equals_what_the_converter_states(name, mode):
    model = converted(name, mode)
    stated = model.min_runtime
    if has_dense_scales(model):
        # It states releases that compute garbage.
        stated = max(stated, "2.10.0", key=as_numbers)
    # Of int16 operators it states less than it needs: see the versions.
    if mode != "int16" or name == "dense":
        assert min_runtime_version(model) == stated


def has_dense_scales(model):
    return any(
        operator.inputs[0].dtype != "FLOAT32"
        and operator.inputs[1].quantization.scales.size > 1
        for operator in model.operators
        if operator.name == "FULLY_CONNECTED"
        and operator.inputs[1].dtype == "INT8"
    )


@pytest.mark.parametrize(
    "release, operator",
    [
        ("2.10.0", dense("INT8", "INT8", scales=2)),
        (None, dense("INT8", "INT8")),
        ("2.10.0", dense("INT16", "INT8", scales=2, bias="INT64")),
        (None, dense("INT16", "INT8", bias="INT64")),
        (None, dense("FLOAT32", "INT8", scales=2)),
        ("2.19.0", dense("INT8", "INT4", scales=2)),
        ("2.13.0", dense("INT8", "INT4")),
        ("2.14.0", dense("FLOAT32", "INT4", scales=2)),
        ("2.20.0", dense("FLOAT32", "INT4")),
        ("2.12.0", convolution("INT8", "INT4", scales=6)),
        ("2.19.0", convolution("FLOAT32", "INT4", scales=6)),
        (None, convolution("INT8", "INT8", scales=6)),
        ("2.20.0", Operator("GELU", [tensor("INT16")], [tensor("INT16")])),
        (None, Operator("GELU", [tensor("INT8")], [tensor("INT8")])),
    ],
)
def test_kernels_that_came_late(release, operator):
    assert kernel_release(operator) == release
    known = oldest_runtime(operator.name, operator.version)
    assert min_runtime_version(model_of(operator)) == (release or known)


@pytest.mark.parametrize("mode", MODES.names())
@pytest.mark.parametrize("name", ["residual", "transformer"])
def test_agrees_with_the_limits_of_a_release(exported, name, mode):
    found = exported(name, mode)
    is_old_enough = as_numbers(found.report.min_runtime) <= (2, 14, 99)
    assert check(found.path, target="tflite-2.14").runs == is_old_enough


@pytest.mark.parametrize(
    "name, version, release",
    [
        ("CONV_2D", 1, "1.5.0"),
        ("CONV_2D", 6, "2.9.0"),
        ("FULLY_CONNECTED", 12, "2.17.0"),
        ("BROADCAST_TO", 1, None),
        ("BROADCAST_TO", 2, "2.5.0"),
        ("CONV_2D", 99, None),
        ("CONV_2D", 0, None),
        ("NO_SUCH", 1, None),
    ],
)
def test_releases(name, version, release):
    assert oldest_runtime(name, version) == release


def test_releases_never_go_back():
    for name, found in releases().items():
        numbers = [
            tuple(map(int, release.split("."))) for release in found if release
        ]
        # TOPK_V2 and others count up; RELU came late but in order.
        assert numbers == sorted(numbers), name


def model_of(*operators):
    return FlatbufferModel([Subgraph([], [], [], list(operators))])


def test_release_10_is_newer_than_9():
    model = model_of(
        Operator("CONV_2D", [], [], version=6),
        Operator("RELU_0_TO_1", [], []),
    )
    assert min_runtime_version(model) == "2.10.0"


def test_nothing_is_stated_of_unknown_operators():
    model = model_of(Operator("Mine", [], [], is_custom=True))
    assert min_runtime_version(model) is None
    assert state_min_runtime(model) == 0
    assert model.metadata == {}


def test_statement_is_padded_as_runtimes_read_it():
    model = model_of(Operator("CONV_2D", [], [], version=6))
    assert state_min_runtime(model) == 1
    assert model.metadata["min_runtime_version"] == b"2.9.0" + b"\0" * 11
    assert model.min_runtime == "2.9.0"
    assert state_min_runtime(model) == 0


def test_limits_of_a_release_know_late_kernels():
    model = model_of(Operator("GELU", [tensor("INT16")], [tensor("INT16")]))
    assert min_runtime_version(model) == "2.20.0"
    assert not check(model, target="tflite-2.14").runs
