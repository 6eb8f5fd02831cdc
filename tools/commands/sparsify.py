"""Stores the weights of a .tflite file without their zeros.

  tfprune sparsify pruned.tflite --output=sparse.tflite

For a model that was pruned to zeros, float32 or int8 throughout. Every weight
that gets smaller is stored sparse, and the result is run beside the file that
it was made from before it appears. Printed is, weight by weight, how it is
stored now, and what that does to the speed: dense layers with zeros in blocks
of 4 inputs run faster on x86-64, most other weights only take fewer bytes.
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
    from tfprune.tools.sparsification import Sparsification

    given = file_argument(files, tflite=flags.tflite)
    if given is None:
        raise InvalidInputError(
            "Expected one .tflite file: its path, or --tflite. Received none."
        )
    return Sparsification(
        source=given[1],
        output=required(flags.output, "output"),
        overwrite=flags.overwrite,
        json=flags.json,
    )
