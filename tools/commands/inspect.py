"""Shows what a .keras or .tflite file costs.

  tfprune inspect model.keras
  tfprune inspect model.tflite --json

Of a .keras file: parameters, MACs and bytes of each layer, and the groups of
channels that can only be removed together, with what is frozen and why. Of a
.tflite file: inputs, outputs, operators and constants.
"""

from collections.abc import Sequence
from typing import Any

from absl import flags as absl_flags

from tfprune.errors import InvalidInputError
from tfprune.tools.file_argument import file_argument


def define_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags of this command."""
    absl_flags.DEFINE_string(
        "keras_model",
        None,
        "The .keras file; any file may also be given without a flag.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "tflite", None, "The .tflite file.", flag_values=flags
    )
    absl_flags.DEFINE_boolean(
        "json", False, "Print JSON instead of tables.", flag_values=flags
    )
    absl_flags.DEFINE_boolean(
        "groups",
        False,
        "Print what a channel of each group costs, and each group whole: every "
        "weight slice it owns, and why it must stay.",
        flag_values=flags,
    )


def read_flags(flags: absl_flags.FlagValues, files: Sequence[str]) -> Any:
    """Returns the job that the flags describe."""
    from tfprune.tools.keras_inspection import KerasInspection
    from tfprune.tools.tflite_inspection import TfliteInspection, is_tflite

    given = file_argument(
        files, keras_model=flags.keras_model, tflite=flags.tflite
    )
    if given is None:
        raise InvalidInputError("Expected a file to inspect. Received none.")
    name, path = given
    if name == "tflite" or (name == "file" and is_tflite(path)):
        if flags.groups:
            raise InvalidInputError(
                "--groups needs a .keras file: a .tflite file has no groups "
                "of channels."
            )
        return TfliteInspection(path, as_json=flags.json)
    return KerasInspection(path, as_json=flags.json, whole=flags.groups)
