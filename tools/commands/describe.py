"""Tells an app developer what a .tflite file is, in it and beside it.

  tfprune describe model.tflite --output=app/model.tflite \\
      --labels=labels.txt --mean=127.5 --std=127.5 --input_kind=image

Labels, normalization and the kind of the input are written into the file as
TensorFlow Lite metadata; a model card (Markdown) and a SHA-256 checksum appear
beside it. What the file computes stays.
"""

from collections.abc import Sequence
from typing import Any

from absl import flags as absl_flags

from tfprune.errors import InvalidInputError
from tfprune.tools.file_argument import file_argument, required
from tfprune.tools.report_flags import define_overwrite_flag


def define_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags of this command."""
    absl_flags.DEFINE_string(
        "tflite",
        None,
        "The .tflite file; may also be given without a flag.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "output", None, "The .tflite file to write.", flag_values=flags
    )
    define_overwrite_flag(flags)
    absl_flags.DEFINE_string(
        "labels",
        None,
        "A text file with the name of one class on each line.",
        flag_values=flags,
    )
    absl_flags.DEFINE_list(
        "mean",
        [],
        "What an app subtracts from the input: one number, or one for each "
        "channel.",
        flag_values=flags,
    )
    absl_flags.DEFINE_list(
        "std", [], "What it divides by afterwards.", flag_values=flags
    )
    absl_flags.DEFINE_enum(
        "input_kind",
        None,
        ["feature", "image"],
        "What the first input is.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "name",
        None,
        "Name of the model; by default that of the file.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "model_version", "1", "Version of the model.", flag_values=flags
    )
    absl_flags.DEFINE_boolean(
        "benchmark",
        False,
        "Time the file on this machine, on one thread and on all processors, "
        "and put the medians on the model card.",
        flag_values=flags,
    )


def read_flags(flags: absl_flags.FlagValues, files: Sequence[str]) -> Any:
    """Returns the job that the flags describe."""
    from tfprune.tools.model_description import ModelDescription

    given = file_argument(files, tflite=flags.tflite)
    if given is None:
        raise InvalidInputError("Expected a file to describe. Received none.")
    mean, std = numbers(flags, "mean"), numbers(flags, "std")
    if bool(mean) != bool(std):
        raise InvalidInputError(
            "Expected both --mean and --std, or none of them."
        )
    return ModelDescription(
        path=given[1],
        output=required(flags.output, "output"),
        overwrite=flags.overwrite,
        labels=flags.labels,
        normalization=(mean, std) if mean else None,
        input_kind=flags.input_kind,
        name=flags.name,
        version=flags.model_version,
        benchmark=flags.benchmark,
    )


def numbers(flags: absl_flags.FlagValues, flag: str) -> tuple[float, ...]:
    """The numbers of a flag.

    Raises:
        InvalidInputError: When they are none.
    """
    try:
        return tuple(float(word) for word in flags[flag].value)
    except ValueError as error:
        raise InvalidInputError(
            f"Expected numbers for --{flag}, such as 127.5 or 123,117,104. "
            f"Received: '{','.join(flags[flag].value)}'."
        ) from error
