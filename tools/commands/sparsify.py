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

from tfprune.tools.rewriting_flags import (
    define_rewriting_flags,
    read_rewriting_flags,
)


def define_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags of this command."""
    define_rewriting_flags(flags)


def read_flags(flags: absl_flags.FlagValues, files: Sequence[str]) -> Any:
    """Returns the job that the flags describe."""
    from tfprune.tools.sparsification import Sparsification

    return Sparsification(**read_rewriting_flags(flags, files))
