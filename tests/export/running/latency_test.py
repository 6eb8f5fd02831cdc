"""Timing files: what is measured, and how it is told."""

import json

import pytest

from tfprune.errors import InvalidInputError
from tfprune.export import measure_latency
from tfprune.export.running.latency_report import FileLatency, LatencyReport

KNOWN = LatencyReport(
    files=(
        FileLatency("a", (2.0, 4.0, 4.0, 4.0, 8.0)),
        FileLatency("b", (1.0, 2.0, 2.0, 2.0, 2.0)),
    ),
    num_threads=1,
)


def test_statistics_of_known_times():
    first, second = KNOWN.files
    assert (first.minimum, first.median) == (2.0, 4.0)
    assert first.quantile(1.0) == 8.0
    assert second.median == 2.0
    # Ratios of the turns: 0.5, 0.5, 0.5, 0.5, 0.25.
    assert KNOWN.ratios() == (1.0, 0.5)
    assert KNOWN.ratios(0.0) == (1.0, 0.25)


def test_renderings():
    assert KNOWN.as_dict()["ratios"] == [1.0, 0.5]
    assert json.loads(KNOWN.to_json())["files"][1]["path"] == "b"
    text = str(KNOWN)
    assert "1 thread(s), 5 runs each" in text
    assert "0.25-0.5" not in text
    assert "0.35-0.5" in text


@pytest.mark.parametrize("mode", ["float32", "int8"])
def test_times_every_file(exported, mode):
    paths = [exported("depthwise", mode).path, exported("embedded", mode).path]
    report = measure_latency(paths, runs=7, warmup=1, num_threads=2)
    assert [x.path for x in report.files] == [str(path) for path in paths]
    assert all(len(x.times) == 7 and x.minimum > 0 for x in report.files)
    assert report.num_threads == 2


def test_times_one_file(exported):
    report = measure_latency(exported("several_ends").path, runs=3)
    assert len(report.files) == 1
    assert report.ratios() == (1.0,)


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ({"runs": 0}, "Expected `runs` to be at least 1. Received: 0."),
        ({"warmup": -1}, "Expected `warmup` to be at least 0. Received: -1."),
        ({"num_threads": 0}, "Expected `num_threads` to be at least 1."),
    ],
)
def test_wrong_numbers(exported, arguments, expected):
    with pytest.raises(InvalidInputError, match=expected):
        measure_latency(exported("several_ends").path, **arguments)


def test_no_files():
    with pytest.raises(InvalidInputError, match="at least one file"):
        measure_latency([])
