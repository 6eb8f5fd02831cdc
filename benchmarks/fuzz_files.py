"""Damaged files through the readers: a result or one clear line, never more.

Ten `.tflite` files, a `.keras` file and a SavedModel are damaged at random and
read in a process of their own, which may take 2 GiB and 10 seconds for each.
What ends in anything but a result or an `InvalidInputError` of one line is
printed with the seed that repeats it.

    PYTHONPATH=. python benchmarks/fuzz_files.py --mutations=10000 \\
        --archives=200 --through=inspect,strip,check

A failure is run again alone with the command that is printed beside it. The
figures are written after every file; a run that was stopped goes on where it
was with --resume.
"""

import contextlib
import importlib
import json
import multiprocessing
import os
import platform
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from absl import app, flags
from result_file import write_result

from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_integer("mutations", 1000, "Damaged .tflite files in all.")
flags.DEFINE_integer("archives", 0, "Damaged .keras files; and SavedModels.")
flags.DEFINE_integer("seed", 0, "Seed of the first mutation.")
flags.DEFINE_list(
    "through",
    ["inspect"],
    "What .tflite files go through: inspect,strip,check,run.",
)
flags.DEFINE_boolean(
    "resume", False, "Keep what the output holds of the same command."
)
flags.DEFINE_multi_string("file", [], "Only these specimens, by their names.")
flags.DEFINE_string(
    "output",
    "benchmarks/results/fuzz_files.json",
    "JSON file of the figures; empty for none.",
)

SECONDS = 10.0
MEMORY = 2 << 30
STARTING_SECONDS = 120.0
PROGRESS_SECONDS = 30.0
CONTAINED = "crashed when it should"
ARCHIVES = ("keras_file", "saved_model")


@dataclass
class Tally:
    """What the damaged copies of one file led to.

    Attributes:
        outcomes: How many led to a result, an error, a failure, a crash or a
            hang.
        contained: How many of the errors are a crash of native code in a
            process of its own.
        failures: Seed, mutation and text of those that led to the last three.
        worst_seconds: The longest time that one took.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    contained: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    worst_seconds: float = 0.0


class Worker:
    """A process that reads damaged files, and is replaced when it dies."""

    def __init__(self, specimens: dict[str, Any], through: list[str]) -> None:
        self.arguments = (specimens, through)
        self.context = multiprocessing.get_context("spawn")
        self.start()

    def start(self) -> None:
        """Starts a process and waits until it has imported everything."""
        self.pipe, end = self.context.Pipe()
        self.process = self.context.Process(
            target=serve, args=(end, *self.arguments), daemon=True
        )
        self.process.start()
        end.close()
        if not self.pipe.poll(STARTING_SECONDS):
            raise RuntimeError("The process that reads files did not start.")
        self.pipe.recv()

    def stop(self) -> None:
        """Ends the process, and those that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.join()

    def read(self, name: str, seed: int) -> tuple[str, str, str]:
        """Reads one damaged file.

        Returns:
            The outcome, the name of the mutation, and a text.
        """
        self.pipe.send((name, seed))
        if not self.pipe.poll(SECONDS):
            self.stop()
            self.start()
            return "hang", "", f"more than {SECONDS:.0f} s"
        try:
            return self.pipe.recv()
        except EOFError:
            self.process.join()
            code = self.process.exitcode
            self.start()
            return "crash", "", f"exit code {code}"


def serve(pipe: Connection, specimens: dict[str, Any], through: list[str]):
    """Reads damaged files as they are asked for; runs in the worker."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.setpgid(0, 0)
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    readers = readers_of(through)
    for _, path in undamaged(specimens):
        with contextlib.suppress(Exception):
            readers[path.name](path)
    # What is imported takes address space of its own.
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    pipe.send("ready")
    while True:
        name, seed = pipe.recv()
        with tempfile.TemporaryDirectory() as folder:
            path, mutation = damage(specimens[name], Path(folder), seed)
            pipe.send(outcome(readers[path.name], path, mutation))


def undamaged(specimens: dict[str, Any]) -> Iterator[tuple[str, Path]]:
    """Yields every specimen as a file."""
    for name, specimen in specimens.items():
        with tempfile.TemporaryDirectory() as folder:
            yield name, write(specimen, Path(folder))


def outcome(
    read: Callable[[Path], None], path: Path, mutation: str
) -> tuple[str, str, str]:
    """What reading a file leads to."""
    errors = importlib.import_module("tfprune.errors")
    try:
        read(path)
    except errors.InvalidInputError as error:
        text = str(error)
        return ("failure" if "\n" in text else "error"), mutation, text
    except BaseException as error:
        return "failure", mutation, f"{type(error).__name__}: {error}"
    return "result", mutation, ""


def readers_of(through: list[str]) -> dict[str, Callable[[Path], None]]:
    """What reads a file, by the name that `write` gives it."""
    export = importlib.import_module("tfprune.export")
    saving = importlib.import_module("tfprune.saving.keras_file")
    reader = importlib.import_module("tfprune.export.flatbuffer.reader")

    def inspect(path: Path) -> None:
        summary = export.inspect_tflite(path)
        str(summary)
        summary.to_json()
        model = export.read_tflite(path)
        export.dump(model)
        again = export.serialize(model)
        # What is written must be readable, and say the same.
        if export.dump(reader.parse_tflite(again)) != export.dump(model):
            raise RuntimeError("Reading what was written differs.")

    def strip(path: Path) -> None:
        passes = importlib.import_module("tfprune.export.passes")
        stripping = importlib.import_module("tfprune.export.proven_strip")
        model = export.read_tflite(path)
        passes.run_passes(model)
        model, report = stripping.strip_and_compare(model)
        str(report)
        reader.parse_tflite(export.serialize(model))

    def check(path: Path) -> None:
        model = export.read_tflite(path)
        for target in export.TARGETS.names():
            str(export.check(model, target))

    def open_folder(path: Path) -> None:
        folders = importlib.import_module(
            "tfprune.export.conversion.sources.saved_model"
        )
        str(export.inspect_saved_model(path))
        with folders.open_saved_model(path) as source:
            source.compute(
                [np.zeros(x.tensor_shape, "f4") for x in source.inputs]
            )

    def run(path: Path) -> None:
        running = importlib.import_module(
            "tfprune.export.running.isolated_runner"
        )
        with running.IsolatedRunner(
            path.read_bytes(), source="model.tflite", seconds=SECONDS / 2
        ) as runner:
            runner.run([np.zeros(x.shape) for x in runner.inputs])

    steps = {"inspect": inspect, "strip": strip, "check": check, "run": run}
    chosen = [steps[name] for name in through]

    def read_tflite(path: Path) -> None:
        for step in chosen:
            step(path)

    return {
        "model.tflite": read_tflite,
        "model.keras": lambda path: saving.load_keras_model(path),
        "saved_model": open_folder,
    }


def write(specimen: Any, folder: Path) -> Path:
    """Writes a specimen as the file, or folder, that it is."""
    if isinstance(specimen, dict):
        root = folder / "saved_model"
        for name, content in specimen.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        return root
    suffix = "keras" if specimen.startswith(b"PK") else "tflite"
    path = folder / f"model.{suffix}"
    path.write_bytes(specimen)
    return path


def damage(specimen: Any, folder: Path, seed: int) -> tuple[Path, str]:
    """Writes a damaged copy of a specimen.

    Returns:
        The path, and the name of the mutation.
    """
    mutations = importlib.import_module("tests.export.flatbuffer.mutations")
    path = write(specimen, folder)
    victim = path
    if isinstance(specimen, dict):
        files = sorted(x for x in path.rglob("*") if x.stat().st_size)
        files = [x for x in files if x.is_file()]
        victim = files[seed % len(files)]
    content, mutation = mutations.damaged(victim.read_bytes(), seed)
    victim.write_bytes(content)
    return path, f"{mutation} of {victim.name}"


def make_specimens(with_archives: bool) -> dict[str, Any]:
    """The undamaged files: bytes, or bytes by name for a folder."""
    files = importlib.import_module("tests.export.flatbuffer.specimens")
    specimens: dict[str, Any] = {
        name: make() for name, make in files.SPECIMENS.items()
    }
    if with_archives:
        keras = importlib.import_module("keras")
        inputs = keras.Input((6, 6, 2))
        x = keras.layers.Conv2D(4, 3, activation="relu")(inputs)
        x = keras.layers.Dense(3)(keras.layers.Flatten()(x))
        model = keras.Model(inputs, x)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder)
            model.save(path / "model.keras")
            specimens["keras_file"] = (path / "model.keras").read_bytes()
            model.export(path / "saved_model", verbose=False)
            root = path / "saved_model"
            specimens["saved_model"] = {
                str(file.relative_to(root)): file.read_bytes()
                for file in root.rglob("*")
                if file.is_file()
            }
            shutil.rmtree(root)
    return specimens


def fuzz(
    specimens: dict[str, Any], counts: dict[str, int]
) -> Iterator[tuple[str, Tally]]:
    """Damages and reads every specimen as often as asked; prints progress."""
    worker = Worker(specimens, FLAGS.through)
    start = shown = time.perf_counter()
    for name, count in counts.items():
        tally = Tally()
        for seed in range(FLAGS.seed, FLAGS.seed + count):
            began = time.perf_counter()
            verdict, mutation, text = worker.read(name, seed)
            now = time.perf_counter()
            tally.worst_seconds = max(tally.worst_seconds, now - began)
            tally.outcomes[verdict] += 1
            tally.contained += CONTAINED in text
            if verdict not in ("result", "error"):
                tally.failures.append(
                    {"seed": seed, "mutation": mutation, "text": text}
                )
                print(
                    f"{name} {seed}, {mutation}: {verdict}, {text}\n"
                    f"    {command(1, 1, seed)} --file={name} --output=",
                    flush=True,
                )
            if now - shown > PROGRESS_SECONDS:
                shown = now
                print(f"{name} {seed}, {now - start:.0f} s", flush=True)
        yield name, tally
    worker.stop()


def command(mutations: int, archives: int, seed: int) -> str:
    """The command that repeats a run."""
    return (
        "PYTHONPATH=. python benchmarks/fuzz_files.py "
        f"--mutations={mutations} --archives={archives} "
        f"--seed={seed} --through={','.join(FLAGS.through)}"
    )


def finished(names: list[str]) -> dict[str, Tally]:
    """What an earlier run of the same command has counted, if asked for."""
    output = Path(FLAGS.output)
    if not FLAGS.resume or not output.is_file():
        return {}
    content = json.loads(output.read_text(encoding="utf-8"))
    if content["command"] != whole_command():
        return {}
    return {
        name: Tally(
            outcomes=Counter(entry["outcomes"]),
            contained=entry["contained"],
            failures=entry["failures"],
            worst_seconds=entry["worst_seconds"],
        )
        for name, entry in content["files"].items()
        if name in names
    }


def whole_command() -> str:
    """The command that repeats this run."""
    return command(FLAGS.mutations, FLAGS.archives, FLAGS.seed)


def store(tallies: dict[str, Tally]) -> None:
    """Writes the figures, unless there is no file for them."""
    if not FLAGS.output:
        return
    content = {
        "command": whole_command(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "seconds_allowed": SECONDS,
        "bytes_allowed": MEMORY,
        "files": {
            name: {
                "outcomes": dict(sorted(x.outcomes.items())),
                "contained": x.contained,
                "worst_seconds": round(x.worst_seconds, 2),
                "failures": x.failures,
            }
            for name, x in tallies.items()
        },
    }
    write_result(FLAGS.output, content)


def table(tallies: dict[str, Tally]) -> str:
    """The outcomes as a text table."""
    columns = ["result", "error", "failure", "crash", "hang"]
    return render_table(
        "Damaged files",
        ["file", *columns, "contained", "longest, s"],
        [
            [
                name,
                *(x.outcomes[column] for column in columns),
                x.contained,
                f"{x.worst_seconds:.2f}",
            ]
            for name, x in tallies.items()
        ],
    )


def main(argv: list[str]) -> None:
    """Runs all mutations, prints a table and writes the figures."""
    if argv[1:]:
        raise app.UsageError(f"Expected only flags. Received: {argv[1]}")
    specimens = make_specimens(FLAGS.archives > 0)
    chosen = FLAGS.file or list(specimens)
    plain = [name for name in chosen if name not in ARCHIVES]
    counts = {name: -(-FLAGS.mutations // len(plain)) for name in plain}
    counts |= {name: FLAGS.archives for name in chosen if name in ARCHIVES}
    tallies = finished(list(counts))
    left = {name: x for name, x in counts.items() if name not in tallies}
    for name, tally in fuzz(specimens, left):
        tallies[name] = tally
        store(tallies)
    print(table(tallies))
    sys.exit(1 if any(x.failures for x in tallies.values()) else 0)


if __name__ == "__main__":
    app.run(main)
