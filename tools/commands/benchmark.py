"""Times .tflite files on this machine, or on a phone.

  tfprune benchmark float.tflite int8.tflite --threads=1,2
  tfprune benchmark model.tflite --profile
  tfprune benchmark model.tflite --adb

The files take turns, so that a machine that slows down slows all of them; the
ratios are to the first file. --adb measures on an Android phone with LiteRT's
benchmark_model; where there is no phone, the commands to do so are printed.
"""

from collections.abc import Sequence
from typing import Any

from absl import flags as absl_flags

from tfprune.errors import InvalidInputError
from tfprune.tools.report_flags import define_report_flags


def define_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags of this command."""
    absl_flags.DEFINE_list(
        "threads",
        ["1"],
        "Numbers of threads, such as 1,2: one table for each.",
        flag_values=flags,
    )
    absl_flags.DEFINE_integer(
        "runs",
        50,
        "Timed runs of each file.",
        lower_bound=1,
        flag_values=flags,
    )
    absl_flags.DEFINE_integer(
        "warmup",
        5,
        "Runs of each file before the first timed one.",
        lower_bound=0,
        flag_values=flags,
    )
    absl_flags.DEFINE_enum(
        "runtime",
        "litert",
        ["litert", "tflite_runtime"],
        "What runs the files; tflite_runtime must be installed.",
        flag_values=flags,
    )
    absl_flags.DEFINE_boolean(
        "profile",
        False,
        "Time each operator of each file too: what it adds to a model that "
        "ends before it.",
        flag_values=flags,
    )
    absl_flags.DEFINE_boolean(
        "adb", False, "Measure on an Android phone.", flag_values=flags
    )
    absl_flags.DEFINE_string(
        "benchmark_model",
        "benchmark_model",
        "LiteRT's benchmark program for the phone, as it was downloaded; for "
        "--adb.",
        flag_values=flags,
    )
    define_report_flags(flags)


def read_flags(flags: absl_flags.FlagValues, files: Sequence[str]) -> Any:
    """Returns the job that the flags describe."""
    from tfprune.tools.file_benchmark import FileBenchmark
    from tfprune.tools.phone_benchmark import PhoneBenchmark

    if not files:
        raise InvalidInputError(
            "Expected a .tflite file to time. Received none."
        )
    threads = thread_counts(flags.threads)
    if flags.adb:
        if flags.profile or flags.json or flags.runtime != "litert":
            raise InvalidInputError(
                "--adb runs LiteRT's own program and prints what that prints: "
                "expected no --profile, --json or --runtime beside it."
            )
        return PhoneBenchmark(
            paths=tuple(files),
            threads=threads,
            runs=flags.runs,
            program=flags.benchmark_model,
        )
    return FileBenchmark(
        paths=tuple(files),
        threads=threads,
        runs=flags.runs,
        warmup=flags.warmup,
        runtime=flags.runtime,
        profile=flags.profile,
        json_path=flags.json,
        overwrite=flags.overwrite,
    )


def thread_counts(words: Sequence[str]) -> tuple[int, ...]:
    """The numbers of threads that were given as words.

    Raises:
        InvalidInputError: When they are no such numbers.
    """
    if not words or not all(x.isdecimal() and int(x) for x in words):
        raise InvalidInputError(
            "Expected --threads as numbers with commas between, such as 1,2. "
            f"Received: {','.join(words)}."
        )
    return tuple(map(int, words))
