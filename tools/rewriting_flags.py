"""The flags of commands that make one .tflite file of another."""

from collections.abc import Sequence
from typing import Any

from absl import flags as absl_flags

from tfprune.errors import InvalidInputError
from tfprune.tools.file_argument import file_argument, required
from tfprune.tools.report_flags import define_report_flags


def define_rewriting_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the file to read, the one to write, and the report."""
    absl_flags.DEFINE_string(
        "tflite",
        None,
        "The .tflite file to read; it may also be given without a flag.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "output", None, "The .tflite file to write.", flag_values=flags
    )
    define_report_flags(flags)


def read_rewriting_flags(
    flags: absl_flags.FlagValues, files: Sequence[str]
) -> dict[str, Any]:
    """The source, output, overwrite and json that a job is made with.

    Args:
        flags: The flags, parsed.
        files: The words that are no flags.

    Raises:
        InvalidInputError: When a file is missing, or several are given.
    """
    given = file_argument(files, tflite=flags.tflite)
    if given is None:
        raise InvalidInputError(
            "Expected one .tflite file: its path, or --tflite. Received none."
        )
    return {
        "source": given[1],
        "output": required(flags.output, "output"),
        "overwrite": flags.overwrite,
        "json": flags.json,
    }
