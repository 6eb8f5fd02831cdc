"""Tells whether a runtime or a device takes a .tflite file.

  tfprune check model.tflite --target=edgetpu
  tfprune check model.tflite --target=tflite-2.14 --json=check.json

Every operator is held against the limits of the target; for what is refused
the reason and a remedy are named. Nothing is run. The exit code is 1 where
the target would refuse the file, with --whole also where a part of it would
run elsewhere.
"""

from collections.abc import Sequence
from typing import Any

from absl import flags as absl_flags

from tfprune.errors import InvalidInputError
from tfprune.tools.file_argument import file_argument
from tfprune.tools.report_flags import define_report_flags


def define_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags of this command."""
    absl_flags.DEFINE_string(
        "tflite",
        None,
        "The .tflite file; may also be given without a flag.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "target",
        "litert",
        "What it is meant for: edgetpu, gpu, litert, tflite-2.14 or "
        "tflite-2.7.",
        flag_values=flags,
    )
    define_report_flags(flags)
    absl_flags.DEFINE_boolean(
        "whole",
        False,
        "Fail unless every operator runs on the target.",
        flag_values=flags,
    )


def read_flags(flags: absl_flags.FlagValues, files: Sequence[str]) -> Any:
    """Returns the job that the flags describe."""
    from tfprune.tools.target_check import TargetCheck

    given = file_argument(files, tflite=flags.tflite)
    if given is None:
        raise InvalidInputError("Expected a file to check. Received none.")
    return TargetCheck(
        path=given[1],
        target=flags.target,
        json_path=flags.json,
        overwrite=flags.overwrite,
        whole=flags.whole,
    )
