"""Removes the channels that do nothing from a .tflite file.

  tfprune strip model.tflite --output=small.tflite

A channel is dead when what reads it multiplies it by zero, or when it is
constant whatever the input and its constant can go into the next bias. Float,
float16, dynamic-range, int8 and int4 files; the result is run beside the file
that it was made from before it appears. Printed is what went, tensor by
tensor, and what had to stay and why.
"""

from collections.abc import Sequence
from typing import Any

from absl import flags as absl_flags

from tfprune.errors import InvalidInputError
from tfprune.tools.file_argument import file_argument, required
from tfprune.tools.report_flags import define_report_flags


def define_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags of this command."""
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


def read_flags(flags: absl_flags.FlagValues, files: Sequence[str]) -> Any:
    """Returns the job that the flags describe."""
    from tfprune.tools.stripping import Stripping

    given = file_argument(files, tflite=flags.tflite)
    if given is None:
        raise InvalidInputError(
            "Expected one .tflite file: its path, or --tflite. Received none."
        )
    return Stripping(
        source=given[1],
        output=required(flags.output, "output"),
        overwrite=flags.overwrite,
        json=flags.json,
    )
