"""The work of `tfprune benchmark --adb`: times on an Android phone."""

import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tfprune.errors import TfpruneError
from tfprune.export import read_tflite

FOLDER = "/data/local/tmp"
DOWNLOAD = (
    "https://storage.googleapis.com/litert/binaries/latest/android_arm64/"
    "benchmark_model"
)
# The large cores of most phones.
LARGE_CORES = "f0"
SECONDS = 600


class PhoneError(TfpruneError, RuntimeError):
    """A command on the phone failed."""


@dataclass(frozen=True)
class PhoneBenchmark:
    """Runs LiteRT's benchmark program on a phone, or says how to.

    Attributes:
        paths: The files.
        threads: Numbers of threads.
        runs: Timed runs of each file.
        program: LiteRT's benchmark program for the phone.
    """

    paths: tuple[str, ...]
    threads: tuple[int, ...]
    runs: int
    program: str

    def run(self) -> None:
        """Measures and prints; or prints the commands that measure.

        Raises:
            InvalidInputError: When a file is no TensorFlow Lite model.
            PhoneError: When a command fails.
        """
        for path in self.paths:
            read_tflite(path)
        missing = self.missing()
        if missing:
            print(f"{missing} These commands measure:\n")
            for command in self.commands():
                print(f"  {shlex.join(command)}")
            return
        for command in self.commands():
            # The program lies here already.
            if command[0] == "adb":
                print(run_command(command), end="")

    def missing(self) -> str:
        """What is not there to measure with; empty when all is."""
        if shutil.which("adb") is None:
            return "There is no adb on this machine."
        listed = run_command(["adb", "devices"]).splitlines()
        if not any(line.split()[1:2] == ["device"] for line in listed):
            return "adb finds no phone that is connected and unlocked."
        if not Path(self.program).is_file():
            return f"There is no '{self.program}' here."
        return ""

    def commands(self) -> list[list[str]]:
        """The commands, in order, as lists of words."""
        program = f"{FOLDER}/benchmark_model"
        commands = [
            ["curl", "-L", "-o", self.program, DOWNLOAD],
            ["adb", "push", self.program, program],
            ["adb", "shell", f"chmod +x {program}"],
        ]
        for path in self.paths:
            target = f"{FOLDER}/{Path(path).name}"
            commands.append(["adb", "push", path, target])
            for count in self.threads:
                words = [
                    "taskset",
                    LARGE_CORES,
                    program,
                    f"--graph={target}",
                    f"--num_threads={count}",
                    f"--num_runs={self.runs}",
                ]
                commands.append(["adb", "shell", shlex.join(words)])
        return commands


def run_command(command: Sequence[str]) -> str:
    """What a command prints.

    Raises:
        PhoneError: When it fails.
    """
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise PhoneError(
            f"'{shlex.join(command)}' took more than {SECONDS} s. Look at the "
            "phone: it may ask for a permission."
        ) from error
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["?"]
        raise PhoneError(
            f"'{shlex.join(command)}' failed: {reason[-1]} Check the phone "
            "with 'adb devices'."
        )
    return done.stdout
