"""The table and the figures of a demo or a compression."""

import dataclasses
import json

import pytest

from tfprune.tools.result import Result
from tfprune.tools.variant import Variant

BEFORE = Variant(
    name="baseline float32",
    file="baseline.tflite",
    parameters=1000,
    macs=4000,
    num_bytes=9000,
    accuracy=0.9,
    latency_ms=2.0,
    latency_ratio=1.0,
)
AFTER = dataclasses.replace(
    BEFORE,
    name="pruned int8",
    file="model_int8.tflite",
    parameters=250,
    macs=1000,
    num_bytes=1200,
    accuracy=0.895,
    latency_ms=0.5,
    latency_ratio=0.25,
)


@pytest.fixture
def result():
    return Result(
        title="'net' on data, 200 test samples",
        variants=(BEFORE, AFTER),
        widths_before={"conv": 8},
        widths_after={"conv": 2},
        details={"settings": {"seed": 0}},
    )


def test_figures(result):
    assert result.macs_removed == 0.75
    assert result.parameters_removed == 0.75
    assert result.accuracy_change(AFTER) == pytest.approx(-0.5)


def test_text(result):
    text = str(result)
    assert text.startswith("'net' on data, 200 test samples\n")
    (row,) = (x for x in text.splitlines() if x.startswith("  pruned int8 "))
    cells = row.split()[2:]
    assert cells == ["250", "1,000", "1,200", "89.50%", "0.500", "0.25x"]
    assert text.endswith(
        "75.0% of the MACs and 75.0% of the parameters removed; test accuracy "
        "-0.50 points (pruned int8)."
    )


def test_plain_data(result):
    content = json.loads(json.dumps(result.as_dict()))
    assert content["macs_removed"] == 0.75
    assert content["variants"][1]["accuracy_change"] == pytest.approx(-0.5)
    assert content["variants"][1]["num_bytes"] == 1200
    assert content["details"] == {"settings": {"seed": 0}}
