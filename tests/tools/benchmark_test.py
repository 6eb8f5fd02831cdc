"""`tfprune benchmark`, here and on a phone."""

import json
import os
import stat

import pytest

from tests.export.flatbuffer.specimens import SPECIMENS


@pytest.fixture(scope="module")
def files(folder):
    paths = []
    for name in ("float32", "int8"):
        paths.append(folder / f"{name}.tflite")
        paths[-1].write_bytes(SPECIMENS[name]())
    return paths


def test_table_for_each_number_of_threads(command, files, tmp_path):
    code, out, err = command(
        "benchmark",
        *files,
        "--threads=1,2",
        "--runs=3",
        "--warmup=1",
        f"--json={tmp_path}/times.json",
    )
    assert (code, err) == (0, "")
    assert "litert, 1 thread(s), 3 runs each" in out
    assert "litert, 2 thread(s), 3 runs each" in out
    found = json.loads((tmp_path / "times.json").read_text())
    assert [x["num_threads"] for x in found["latency"]] == [1, 2]
    for report in found["latency"]:
        assert [x["path"] for x in report["files"]] == list(map(str, files))
        assert all(len(x["times"]) == 3 for x in report["files"])
        assert report["ratios"][0] == 1.0
    assert found["profiles"] == []


def test_profile_names_every_operator(command, files, tmp_path):
    _, out, _ = command(
        "benchmark",
        files[0],
        "--profile",
        "--runs=1",
        f"--json={tmp_path}/times.json",
    )
    assert "as differences of models that end with each" in out
    (profile,) = json.loads((tmp_path / "times.json").read_text())["profiles"]
    steps = profile["operators"]
    assert [x["name"] for x in steps].count("FULLY_CONNECTED") == 2
    assert steps[0]["added"] == steps[0]["median"] > 0
    total = sum(x["added"] for x in steps)
    assert total == pytest.approx(steps[-1]["median"])


@pytest.mark.parametrize(
    "words, part",
    [
        ([], "Expected a .tflite file to time. Received none."),
        (["a", "--threads=0"], "such as 1,2. Received: 0."),
        (["a", "--threads=two"], "Received: two."),
        (["a", "--runtime=tf"], "--runtime=tf"),
        (["a", "--adb", "--profile"], "expected no --profile"),
    ],
)
def test_wrong_usage(fails, words, part):
    assert part in fails(2, "benchmark", *words)


def test_bad_file_is_named(fails, tmp_path):
    assert "No such file" in fails(1, "benchmark", tmp_path / "none")


def test_commands_are_told_without_adb(command, files, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, out, err = command("benchmark", files[0], "--adb", "--threads=4")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("There is no adb on this machine.")
    target = "/data/local/tmp/float32.tflite"
    assert f"  adb push {files[0]} {target}" in lines
    assert lines[-1].endswith(
        "'taskset f0 /data/local/tmp/benchmark_model "
        f"--graph={target} --num_threads=4 --num_runs=50'"
    )


@pytest.fixture
def phone(monkeypatch, tmp_path):
    """A program named adb that writes down what it is asked to do."""
    log = tmp_path / "log"
    adb = tmp_path / "adb"
    adb.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> {log}\n'
        '[ "$1" = devices ] && printf "List\\n123\\tdevice\\n"\n'
        '[ "$2" = "${FAIL:-none}" ] && echo "it failed" >&2 && exit 3\n'
        "exit 0\n"
    )
    adb.chmod(adb.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "benchmark_model").write_bytes(b"\x7fELF")
    return log


def test_phone_is_asked_in_order(command, files, phone):
    program = phone.parent / "benchmark_model"
    code, _, err = command(
        "benchmark",
        files[0],
        "--adb",
        "--threads=1,4",
        f"--benchmark_model={program}",
    )
    assert (code, err) == (0, "")
    asked = phone.read_text().splitlines()
    assert asked[0] == "devices"
    folder = "/data/local/tmp"
    assert asked[1] == f"push {program} {folder}/benchmark_model"
    assert asked[2] == f"shell chmod +x {folder}/benchmark_model"
    assert asked[3] == f"push {files[0]} {folder}/float32.tflite"
    assert [x.split("--num_threads=")[1][0] for x in asked[4:]] == ["1", "4"]


def test_phone_that_refuses_is_one_line(fails, files, phone, monkeypatch):
    program = phone.parent / "benchmark_model"
    monkeypatch.setenv("FAIL", str(program))
    line = fails(
        1, "benchmark", files[0], "--adb", f"--benchmark_model={program}"
    )
    assert "failed: it failed" in line


def test_program_for_the_phone_is_missing(command, files, phone):
    _, out, _ = command(
        "benchmark", files[0], "--adb", "--benchmark_model=/no/such"
    )
    assert out.startswith("There is no '/no/such' here. These commands")
    assert "curl -L -o /no/such https://storage.googleapis.com" in out
