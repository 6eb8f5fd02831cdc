"""Every network of `keras.applications`, half of its channels removed.

For each builder that this Keras has, at its default input size, half of the
channels of each group go, chosen at random. It passes when

- it is traced, and the smaller network computes what the masked one does,
  within 1e-4 of the largest output, on random weights that let the image
  through (see `random_weights.py`);
- the smaller network, saved, is loaded by a process without tfprune and
  computes exactly the same there;
- one training step of it gives a finite loss.

Beside that stand its cost before and after, what is frozen and why, and what
trace and removal take: seconds, over those of `clone_model` and `set_weights`
in the same turn, and memory at its peak, over the weights.

    python benchmarks/zoo.py
    python benchmarks/zoo.py --models='DenseNet|NASNet' --resume
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import keras
from absl import app, flags
from peak_memory import METHOD
from result_file import write_result
from zoo_report import TORCH_PRUNING, passed, report, summary

from tfprune.atomic_file import atomic_path
from tfprune.models.applications import application_builders

FLAGS = flags.FLAGS
flags.DEFINE_string("models", "", "Regular expression of names; all if empty.")
flags.DEFINE_string(
    "output", "benchmarks/results/zoo.json", "JSON file of the figures."
)
flags.DEFINE_bool("resume", False, "Keep what passed in --output.")
flags.DEFINE_integer("rounds", 5, "Timed copies each way.")
flags.DEFINE_integer("timeout", 1800, "Seconds that one network may take.")


class Reader:
    """A process without tfprune that loads one saved network after another."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._process: subprocess.Popen[str] | None = None

    def difference(self, folder: Path) -> float | None:
        """Largest change of the outputs; None when the network did not load."""
        if self._process is None:
            with self.log.open("w", encoding="utf-8") as errors:
                self._process = subprocess.Popen(
                    [sys.executable, str(beside("zoo_reload.py"))],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                )
        process = self._process
        process.stdin.write(f"{folder}\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            self.close()
            return None
        return float(answer)

    def close(self) -> None:
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait()
            self._process = None


def beside(name: str) -> Path:
    """A script in the folder of this one."""
    return Path(__file__).resolve().parent / name


def measured(name: str, folder: Path, reader: Reader) -> dict[str, Any]:
    """What is found out about a network, whether or not all goes well."""
    failure = run_measurement(name, folder)
    path = folder / "record.json"
    record: dict[str, Any] = {"stage": "build"}
    if path.exists():
        record = json.loads(path.read_text(encoding="utf-8"))
    if failure:
        record["failure"] = f"{record['stage']}: {failure}"
    if (folder / "outputs.npy").exists():
        record["reload_difference"] = reader.difference(folder)
        if record["reload_difference"] is None:
            record.setdefault("failure", f"reload: {last_line(reader.log)}")
    record["passed"] = passed(record)
    return record


def run_measurement(name: str, folder: Path) -> str:
    """Measures a network in a process of its own.

    Returns:
        What went wrong; empty when nothing did.
    """
    log = folder / "errors.txt"
    command = [
        *(sys.executable, str(beside("zoo_model.py"))),
        *(f"--model={name}", f"--work_dir={folder}"),
        f"--rounds={FLAGS.rounds}",
    ]
    with log.open("w", encoding="utf-8") as errors:
        try:
            code = subprocess.run(
                command, stderr=errors, timeout=FLAGS.timeout
            ).returncode
        except subprocess.TimeoutExpired:
            return f"stopped after {FLAGS.timeout} s"
    if code < 0:
        return f"ended by signal {-code}"
    return last_line(log) if code else ""


def last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((x.strip() for x in reversed(lines) if x.strip()), "")


def write(records: dict[str, Any]) -> dict[str, Any]:
    """Writes all that is known so far, and returns it."""
    content = {
        "command": "python benchmarks/zoo.py",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "keras": f"{keras.version()} on {keras.backend.backend()}",
        "memory_method": METHOD,
        "torch_pruning": TORCH_PRUNING,
        "summary": summary(records),
        "models": dict(sorted(records.items())),
    }
    write_result(FLAGS.output, content)
    return content


def kept_records() -> dict[str, Any]:
    """The records to go on from: with `--resume` those that passed."""
    path = Path(FLAGS.output)
    if not FLAGS.resume or not path.exists():
        return {}
    records = json.loads(path.read_text(encoding="utf-8"))["models"]
    return {name: x for name, x in records.items() if x["passed"]}


def main(argv: list[str]) -> None:
    """Measures one network after another, each in a process of its own."""
    if argv[1:]:
        raise app.UsageError(f"Expected only flags. Received: {argv[1]}")
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    names = [x for x in application_builders() if re.search(FLAGS.models, x)]
    records = kept_records()
    with tempfile.TemporaryDirectory() as work:
        reader = Reader(Path(work) / "reader.txt")
        for name in names:
            if name in records:
                continue
            folder = Path(work) / name
            folder.mkdir()
            records[name] = record = measured(name, folder, reader)
            shutil.rmtree(folder)
            write(records)
            result = (
                "pass" if record["passed"] else record.get("failure", "FAIL")
            )
            print(
                f"{name}: {result}, {record.get('seconds', 0):.0f} s",
                flush=True,
            )
        reader.close()
    text = report(write(records))
    with atomic_path(Path(FLAGS.output).with_suffix(".txt")) as temporary:
        temporary.write_text(f"{text}\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    app.run(main)
