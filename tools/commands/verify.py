"""Compares what two .tflite files compute.

  tfprune verify float.tflite int8.tflite --data=test.npz

Both are run on the same inputs, each in a process of its own. For every
output the largest difference, the relative error (root mean square), the
signal-to-noise ratio and the share of samples with the same class are
printed. The exit code is 1 when the relative error of an output exceeds
--tolerance, or an agreement is below --min_agreement.
"""

from collections.abc import Sequence
from typing import Any

from absl import flags as absl_flags

from tfprune.errors import InvalidInputError
from tfprune.tools.report_flags import define_report_flags


def define_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags of this command."""
    absl_flags.DEFINE_string(
        "data",
        None,
        "An .npz file of inputs: one array (samples, ...), or one for each "
        "input by its name; with an array 'labels' (or 'y_test') the accuracy "
        "of both files is told. Without it random numbers are used.",
        flag_values=flags,
    )
    absl_flags.DEFINE_float(
        "tolerance",
        0.1,
        "Greatest relative error of an output that passes.",
        lower_bound=0.0,
        flag_values=flags,
    )
    absl_flags.DEFINE_float(
        "min_agreement",
        0.0,
        "Least share of samples with the same class that passes.",
        lower_bound=0.0,
        upper_bound=1.0,
        flag_values=flags,
    )
    absl_flags.DEFINE_integer(
        "seed", 0, "Seed of random inputs.", lower_bound=0, flag_values=flags
    )
    absl_flags.DEFINE_integer(
        "threads",
        1,
        "Threads of the interpreters.",
        lower_bound=1,
        flag_values=flags,
    )
    define_report_flags(flags)


def read_flags(flags: absl_flags.FlagValues, files: Sequence[str]) -> Any:
    """Returns the job that the flags describe."""
    from tfprune.tools.file_verification import FileVerification

    if len(files) != 2:
        raise InvalidInputError(
            "Expected two .tflite files to compare. Received: "
            f"{', '.join(files) or 'none'}."
        )
    return FileVerification(
        paths=(files[0], files[1]),
        data=flags.data,
        tolerance=flags.tolerance,
        min_agreement=flags.min_agreement,
        seed=flags.seed,
        threads=flags.threads,
        json_path=flags.json,
        overwrite=flags.overwrite,
    )
