"""Writes a model as a .tflite file that computes the same.

  tfprune convert model.keras --output=model.tflite --quantize=int8 \\
      --representative_data=typical.npz
  tfprune convert --saved_model_dir=saved_model --output=model.tflite
  tfprune convert --tflite=float.tflite --output=small.tflite \\
      --quantize=float16

The file is run beside the model before it appears; if the two disagree,
nothing is written, and an older file stays. What came out is printed: size,
operators, the oldest runtime, the largest errors.
"""

from collections.abc import Sequence
from typing import Any

from absl import flags as absl_flags

from tfprune.errors import InvalidInputError
from tfprune.tools.file_argument import file_argument, required


def define_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags of this command."""
    absl_flags.DEFINE_string(
        "keras_model",
        None,
        "The .keras file to read; any model may also be given without a flag.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "saved_model_dir",
        None,
        "The folder of a SavedModel, of any Keras or TensorFlow.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "tflite",
        None,
        "A .tflite file to clean up, or to quantize.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "signature",
        None,
        "Which signature of the SavedModel; by default serving_default.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "output", None, "The .tflite file to write.", flag_values=flags
    )
    absl_flags.DEFINE_string(
        "quantize",
        "float32",
        "How numbers are stored: float32, float16, dynamic (int8 weights), "
        "int8 (integers throughout), int4 (4-bit weights) or int16x8 (int16 "
        "activations).",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "representative_data",
        None,
        "An .npz file of typical inputs: one array (samples, ...), or one for "
        "each input by its name. int8 needs it to find the ranges of "
        "activations; every mode is verified on it.",
        flag_values=flags,
    )
    for name, ends in (("input_type", "inputs"), ("output_type", "outputs")):
        absl_flags.DEFINE_enum(
            name,
            "float32",
            ["float32", "int8", "uint8", "int16"],
            f"Type of the {ends}: int8 and uint8 for an int8 or int4 file, "
            "int16 for an int16x8 file.",
            flag_values=flags,
        )
    absl_flags.DEFINE_list(
        "input_shape",
        [],
        "Shape of one sample, such as 224,224,3, for a model that leaves its "
        "size open.",
        flag_values=flags,
    )
    define_output_flags(flags)


def define_output_flags(flags: absl_flags.FlagValues) -> None:
    """Adds the flags that say what may be written."""
    absl_flags.DEFINE_boolean(
        "select_tf_ops",
        False,
        "Let TensorFlow's own operators stand where LiteRT has none. Only "
        "runtimes that were built with them run such a file.",
        flag_values=flags,
    )
    absl_flags.DEFINE_boolean(
        "overwrite", False, "Replace files that exist.", flag_values=flags
    )
    absl_flags.DEFINE_string(
        "json", None, "Write the report to this file, too.", flag_values=flags
    )


def read_flags(flags: absl_flags.FlagValues, files: Sequence[str]) -> Any:
    """Returns the job that the flags describe."""
    from tfprune.tools.conversion import Conversion

    given = file_argument(
        files,
        keras_model=flags.keras_model,
        saved_model_dir=flags.saved_model_dir,
        tflite=flags.tflite,
    )
    if given is None:
        raise InvalidInputError(
            "Expected one model: its path, or --keras_model, "
            "--saved_model_dir or --tflite. Received none."
        )
    kind, source = given
    return Conversion(
        kind=kind,
        source=source,
        output=required(flags.output, "output"),
        quantize=flags.quantize,
        representative_data=flags.representative_data,
        input_type=flags.input_type,
        output_type=flags.output_type,
        input_shape=shape_of(flags.input_shape),
        signature=flags.signature,
        select_tf_ops=flags.select_tf_ops,
        overwrite=flags.overwrite,
        json=flags.json,
    )


def shape_of(sizes: Sequence[str]) -> tuple[int, ...] | None:
    """The shape that was given as words; None when there are none.

    Raises:
        InvalidInputError: When they are no sizes.
    """
    if not all(word.isdecimal() and int(word) for word in sizes):
        raise InvalidInputError(
            "Expected --input_shape as sizes with commas between, such as "
            f"224,224,3. Received: {','.join(sizes)}."
        )
    return tuple(map(int, sizes)) or None
