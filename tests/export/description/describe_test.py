"""Files that tell an app developer what they are."""

import hashlib
import os
import platform
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tfprune.errors import InvalidInputError
from tfprune.export import describe, evaluate_tflite, read_tflite, serialize
from tfprune.export.description.metadata_reader import read_facts
from tfprune.export.description.model_facts import ModelFacts

LABELS = tuple(f"class {i}" for i in range(10))


@pytest.fixture
def source(exported):
    """An int8 network: images of 12 x 12 x 3 to 10 classes."""
    return exported("residual", "int8")


@pytest.fixture
def output(tmp_path):
    return tmp_path / "app.tflite"


def test_facts_are_read_back(source, output):
    report = describe(
        source.path,
        output=output,
        labels=LABELS,
        normalization=((1.5, 2.5, 3.5), (0.5, 0.25, 2.0)),
        input_kind="image",
        name="Größe",
        version="2.1",
    )
    found = read_facts(read_tflite(output))
    assert found == report.facts
    assert found == ModelFacts(
        "Größe",
        "2.1",
        LABELS,
        (1.5, 2.5, 3.5),
        (0.5, 0.25, 2.0),
        "image",
    )


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, ModelFacts("residual_int8")),
        (
            {"normalization": (127.5, 127.5)},
            ModelFacts("residual_int8", mean=(127.5,), std=(127.5,)),
        ),
        (
            {"input_kind": "feature"},
            ModelFacts("residual_int8", input_kind="feature"),
        ),
    ],
)
def test_what_is_not_said_is_absent(source, output, options, expected):
    describe(source.path, output=output, **options)
    assert read_facts(read_tflite(output)) == expected


def test_computes_the_same_and_keeps_its_signature(source, output):
    describe(source.path, output=output, labels=LABELS)
    np.testing.assert_array_equal(
        evaluate_tflite(output, source.data),
        evaluate_tflite(source.path, source.data),
    )
    before, after = read_tflite(source.path), read_tflite(output)
    assert [x.key for x in after.signatures] == [
        x.key for x in before.signatures
    ]
    assert after.min_runtime == before.min_runtime


def test_labels_are_a_zip_file_behind_the_model(source, output, tmp_path):
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(LABELS) + "\n")
    describe(source.path, output=output, labels=labels)
    with zipfile.ZipFile(output) as archive:
        assert archive.read("labels.txt").decode().splitlines() == [*LABELS]


def test_checksum_satisfies_sha256sum(source, output):
    report = describe(source.path, output=output)
    assert hashlib.sha256(output.read_bytes()).hexdigest() == report.checksum
    done = subprocess.run(
        ["sha256sum", "-c", Path(report.checksum_path).name],
        cwd=output.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "app.tflite: OK\n"


def test_card_tells_what_an_app_needs(source, output):
    report = describe(
        source.path,
        output=output,
        labels=LABELS,
        normalization=(127.5, 63.0),
        input_kind="image",
    )
    card = output.with_suffix(".md").read_text()
    assert card.startswith("# residual_int8 1\n")
    assert report.checksum in card
    assert f"{output.stat().st_size:,}" in card
    assert "| 9 | class 9 |" in card
    assert "with mean 127.5 and std 63" in card
    assert "1 x 12 x 12 x 3" in card
    assert "| LiteRT 2.3 | fits: " in card
    assert "the Edge TPU (compiler 16.0) | runs in part: " in card


def test_card_tells_how_long_it_takes_where(source, output):
    report = describe(source.path, output=output, benchmark=True)
    card = output.with_suffix(".md").read_text()
    latency = report.latency
    assert f"Measured with {latency.runtime} on: {latency.machine}." in card
    assert latency.runtime.startswith("LiteRT ")
    assert platform.machine() in latency.machine
    threads = [x.num_threads for x in latency.reports]
    assert threads[0] == 1 and threads == sorted(set(threads))
    table = card[card.index("## How long it takes") :]
    for measured in latency.reports:
        (file,) = measured.files
        assert len(file.times) == 50 and min(file.times) > 0
        median = float(np.median(file.times))
        assert f"| {measured.num_threads} | {median:.3g} ms | " in table
        assert f"{median:.3g} ms on {measured.num_threads} thr" in str(report)


def test_nothing_is_timed_unasked(source, output):
    report = describe(source.path, output=output)
    assert report.latency is None
    assert "How long" not in output.with_suffix(".md").read_text()


def test_what_cannot_be_run_is_not_timed(source, output, tmp_path):
    model = read_tflite(source.path)
    model.operators[1].name, model.operators[1].is_custom = "Mine", True
    path = tmp_path / "custom" / "custom.tflite"
    path.parent.mkdir()
    path.write_bytes(serialize(model))
    with pytest.raises(InvalidInputError, match="Mine") as caught:
        describe(path, output=output, benchmark=True)
    assert "\n" not in str(caught.value)
    assert not output.exists()
    assert not output.with_suffix(".md").exists()
    describe(path, output=output)


def test_versions_that_were_forgotten_are_raised(source, output, tmp_path):
    model = read_tflite(source.path)
    layers = [x for x in model.operators if x.name == "CONV_2D"]
    for layer in layers:
        layer.version = 1
    path = tmp_path / "old.tflite"
    path.write_bytes(serialize(model))
    report = describe(path, output=output)
    assert report.raised_versions == len(layers)
    assert {
        x.version for x in read_tflite(output).operators if x.name == "CONV_2D"
    } == {3}


def test_nothing_is_replaced_without_leave(source, output):
    describe(source.path, output=output)
    content = output.read_bytes()
    with pytest.raises(InvalidInputError, match="not to exist"):
        describe(source.path, output=output, name="other")
    with pytest.raises(InvalidInputError, match="not to exist"):
        describe(output)
    assert output.read_bytes() == content
    describe(output, name="other", overwrite=True)
    assert read_facts(read_tflite(output)).name == "other"


@pytest.mark.parametrize(
    "options, part",
    [
        ({"labels": LABELS[:9]}, "Expected 10 labels.*Received: 9"),
        ({"labels": [*LABELS[:9], ""]}, "none of them empty"),
        ({"labels": "/no/such.txt"}, "Could not read the labels"),
        ({"input_kind": "sound"}, "Received: 'sound'"),
        ({"normalization": ((1, 2), (1, 2))}, "Expected one mean, or 3"),
        ({"normalization": ((1, 2), 3)}, "as many means"),
        ({"normalization": (0, 0)}, "above 0"),
        ({"normalization": (np.nan, 1)}, "finite means"),
        ({"name": "two\nlines"}, "Expected a name of one line"),
        ({"version": " "}, "Expected a version of one line"),
    ],
)
def test_wrong_facts_are_refused_in_one_line(source, output, options, part):
    with pytest.raises(InvalidInputError, match=part) as caught:
        describe(source.path, output=output, **options)
    assert "\n" not in str(caught.value)
    assert list(output.parent.iterdir()) == []


def test_vectors_are_no_images(exported, output):
    with pytest.raises(InvalidInputError, match="for an image"):
        describe(exported("recurrent").path, output=output, input_kind="image")


def test_file_without_metadata_tells_nothing(source):
    assert read_facts(read_tflite(source.path)) is None


def test_labels_that_are_no_text(source, output, tmp_path):
    (tmp_path / "labels.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInputError, match="no UTF-8 text"):
        describe(source.path, output=output, labels=tmp_path / "labels.txt")


PUBLISHED = Path(
    os.environ.get("TFPRUNE_DATA_DIR", ""),
    "edgetpu",
    "mobilenet_v1_0.25_128_quant.tflite",
)


@pytest.mark.skipif(not PUBLISHED.exists(), reason="TFPRUNE_DATA_DIR")
def test_metadata_of_others_is_read():
    found = read_facts(read_tflite(PUBLISHED))
    assert found.input_kind == "image"
    assert (found.mean, found.std) == ((127.5,), (127.5,))
    assert len(found.labels) == 1001
    assert found.labels[0] == "background"
