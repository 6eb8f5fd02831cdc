"""The oldest runtime, against what TensorFlow writes into its files."""

import pytest

from tests.export.versions.converted import CASES, converted
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.versions.runtime import (
    min_runtime_version,
    oldest_runtime,
    releases,
    state_min_runtime,
)


@pytest.mark.parametrize("name, mode", CASES)
def test_equals_what_the_converter_states(name, mode):
    model = converted(name, mode)
    stated = model.min_runtime
    # Of int16 operators it states less than it needs: see the versions.
    if mode != "int16" or name == "dense":
        assert min_runtime_version(model) == stated


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
