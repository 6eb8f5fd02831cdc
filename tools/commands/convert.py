"""Writes a model as a .tflite file that computes the same.

  tfprune convert model.keras --output=model.tflite --quantize=int8 \\
      --representative_data=typical.npz
  tfprune convert --saved_model_dir=saved_model --output=model.tflite
  tfprune convert model.keras --output=coral.tflite --target=edgetpu \\
      --representative_data=typical.npz
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
from tfprune.tools.report_flags import define_report_flags


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
        "target",
        None,
        "What the file is meant for: edgetpu, gpu, litert, tflite-2.14 or "
        "tflite-2.7. Operators are rewritten as it needs them, and nothing is "
        "written that it would refuse. edgetpu quantizes to int8, with uint8 "
        "inputs and outputs, unless flags say otherwise.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "quantize",
        None,
        "How numbers are stored: float32, float16, dynamic (int8 weights), "
        "int8 (integers throughout), int4 (4-bit weights), int16x8 (int16 "
        "activations) or low_bit (exact integers for layers of few bits); or "
        "by layer: '*=int8,head/*=float32'. By default what the target needs; "
        "else int8 for a model that was trained with fake quantization, "
        "low_bit for a .keras file with layers of few bits, float32 for "
        "others; a .tflite file keeps its numbers.",
        flag_values=flags,
    )
    absl_flags.DEFINE_enum(
        "low_bit_weights",
        None,
        ["int2", "int4", "int8"],
        "The smallest type of a weight of a low_bit file: int4 needs "
        "TensorFlow Lite 2.18, int2 LiteRT 2. By default the smallest that "
        "the target reads, else int4.",
        flag_values=flags,
    )
    absl_flags.DEFINE_boolean(
        "per_tensor_dense",
        True,
        "Give dense layers of dynamic, int8 and int16x8 files one scale a "
        "kernel, which every runtime reads. With --noper_tensor_dense each "
        "output has its own: more exact, but TensorFlow Lite before 2.10 "
        "computes garbage, and before 2.17 refuses dynamic files.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "representative_data",
        None,
        "Typical inputs: an .npz file with one array (samples, ...), or one "
        "for each input by its name; a folder of .png and .jpg images; a "
        ".tfrecord file of examples; or module:function or file.py:function "
        "that gives them. int8 needs them to find the ranges of activations; "
        "every mode is verified on them.",
        flag_values=flags,
    )
    absl_flags.DEFINE_float(
        "image_scale",
        None,
        "For images: pixels (0 to 255) are divided by it. 255 for a model on "
        "numbers from 0 to 1, 1 for raw pixels.",
        flag_values=flags,
    )
    for name, default, use in (
        ("image_mean", "0", "subtracted from scaled pixels"),
        ("image_std", "1", "what the difference is divided by"),
    ):
        absl_flags.DEFINE_list(
            name,
            default,
            f"For images: {use}; one number, or one for each channel.",
            flag_values=flags,
        )
    absl_flags.DEFINE_list(
        "feature",
        [],
        "For a .tfrecord file: name of the feature, where it is not that of "
        "the input; input=feature for several inputs.",
        flag_values=flags,
    )
    for name, ends in (("input_type", "inputs"), ("output_type", "outputs")):
        absl_flags.DEFINE_enum(
            name,
            None,
            ["float32", "int8", "uint8", "int16"],
            f"Type of the {ends}: int8 and uint8 for an int8 or int4 file, "
            "int16 for an int16x8 file. By default what the target wants, "
            "else float32.",
            flag_values=flags,
        )
    absl_flags.DEFINE_float(
        "max_accuracy_drop",
        None,
        "How much accuracy quantization may cost, such as 0.002; the layers "
        "that it hurts most stay float32. Needs --labelled_data.",
        flag_values=flags,
    )
    absl_flags.DEFINE_string(
        "labelled_data",
        None,
        "An .npz file with inputs x and classes y, to measure accuracy on.",
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
        "layer_report",
        False,
        "Print what quantization costs each layer, too: signal to noise, and "
        "its share of the error. Needs --representative_data.",
        flag_values=flags,
    )
    absl_flags.DEFINE_boolean(
        "strip",
        True,
        "Remove channels that do nothing from the file.",
        flag_values=flags,
    )
    define_report_flags(flags)


def read_flags(flags: absl_flags.FlagValues, files: Sequence[str]) -> Any:
    """Returns the job that the flags describe."""
    from tfprune.tools.conversion import Conversion
    from tfprune.tools.quantization_flags import read_dense_scales, read_mode

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
        target=flags.target,
        quantize=read_mode(flags),
        per_tensor_dense=read_dense_scales(flags),
        representative_data=typical_inputs(flags),
        input_type=flags.input_type,
        output_type=flags.output_type,
        max_accuracy_drop=flags.max_accuracy_drop,
        labelled_data=flags.labelled_data,
        layer_report=flags.layer_report,
        input_shape=shape_of(flags.input_shape),
        signature=flags.signature,
        select_tf_ops=flags.select_tf_ops,
        strip=flags.strip,
        overwrite=flags.overwrite,
        json=flags.json,
    )


def typical_inputs(flags: absl_flags.FlagValues) -> Any:
    """Where typical inputs come from; None when there are none.

    Raises:
        InvalidInputError: When the scaling of images is no number.
    """
    from tfprune.tools.typical_inputs import TypicalInputs

    if flags.representative_data is None:
        return None
    return TypicalInputs(
        flags.representative_data,
        image_scale=flags.image_scale,
        image_mean=numbers(flags.image_mean, "image_mean"),
        image_std=numbers(flags.image_std, "image_std"),
        features=tuple(flags.feature),
    )


def numbers(words: Sequence[str], flag: str) -> tuple[float, ...]:
    """Words as numbers.

    Raises:
        InvalidInputError: When one is none.
    """
    try:
        return tuple(map(float, words))
    except ValueError as error:
        raise InvalidInputError(
            f"Expected --{flag} as numbers with commas between, such as "
            f"0.485,0.456,0.406. Received: {','.join(words)}."
        ) from error


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
