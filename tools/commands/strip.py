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

from tfprune.tools.rewriting_flags import (
    define_rewriting_flags,
    read_rewriting_flags,
)


def define_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags of this command."""
    define_rewriting_flags(flags)


def read_flags(flags: absl_flags.FlagValues, files: Sequence[str]) -> Any:
    """Returns the job that the flags describe."""
    from tfprune.tools.stripping import Stripping

    return Stripping(**read_rewriting_flags(flags, files))
