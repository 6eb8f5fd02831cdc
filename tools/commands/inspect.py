"""Shows what a model holds and costs: .keras, .tflite or SavedModel.

  tfprune inspect model.keras
  tfprune inspect model.tflite --operators
  tfprune inspect saved_model --json=summary.json

Of a .keras file: parameters, MACs and bytes of each layer, and the groups of
channels that can only be removed together, with what is frozen and why. Of a
.tflite file: inputs, outputs, operators and constants. Of a SavedModel:
signatures, operations and variables. Nothing of the file is run.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from absl import flags as absl_flags

from tfprune.errors import InvalidInputError
from tfprune.tools.file_argument import file_argument
from tfprune.tools.report_flags import define_report_flags


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
    absl_flags.DEFINE_string(
        "saved_model_dir", None, "The SavedModel folder.", flag_values=flags
    )
    define_report_flags(flags, more="- prints it instead of the tables.")
    absl_flags.DEFINE_boolean(
        "operators",
        False,
        "Print each operator of a .tflite file in one line: tensors, shapes, "
        "types, scales and options.",
        flag_values=flags,
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
    from tfprune.export.conversion.open_source import is_tflite
    from tfprune.tools.inspection_output import InspectionOutput
    from tfprune.tools.keras_inspection import KerasInspection
    from tfprune.tools.saved_model_inspection import SavedModelInspection
    from tfprune.tools.tflite_inspection import TfliteInspection

    given = file_argument(
        files,
        keras_model=flags.keras_model,
        tflite=flags.tflite,
        saved_model_dir=flags.saved_model_dir,
    )
    if given is None:
        raise InvalidInputError("Expected a file to inspect. Received none.")
    name, path = given
    output = InspectionOutput(flags.json, flags.overwrite)
    if name == "file" and Path(path).is_dir():
        name = "saved_model_dir"
    if name == "file" and is_tflite(Path(path)):
        name = "tflite"
    if flags.groups and name in ("saved_model_dir", "tflite"):
        raise InvalidInputError(
            "--groups needs a .keras file: other files have no groups of "
            "channels."
        )
    if flags.operators and name != "tflite":
        raise InvalidInputError(
            "--operators needs a .tflite file. Convert the model first."
        )
    if name == "saved_model_dir":
        return SavedModelInspection(path, output)
    if name == "tflite":
        return TfliteInspection(path, output, flags.operators)
    return KerasInspection(path, output, flags.groups)
