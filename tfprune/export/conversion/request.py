"""What the converter is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from tfprune.errors import InvalidInputError
from tfprune.export.quantization import MODES, QuantizationMode
from tfprune.export.running.tensor_info import TensorInfo
from tfprune.export.verification.sample_doubts import check_varied
from tfprune.export.verification.samples import Samples
from tfprune.registry import did_you_mean

END_TYPES = ("float32", "int8", "uint8", "int16")


@dataclass(frozen=True)
class Conversion:
    """What the converter is asked for.

    Args:
        mode: How numbers are stored and computed.
        samples: Inputs to calibrate with, or None.
        input_type: Type of the inputs of the file, such as `"int8"`.
        output_type: Type of its outputs.
        select_tf_ops: Whether TensorFlow's own operators may stand where
            LiteRT has none.

    Raises:
        InvalidInputError: When the samples are all the same.
    """

    mode: QuantizationMode
    samples: Samples | None = None
    input_type: str = "float32"
    output_type: str = "float32"
    select_tf_ops: bool = False

    def __post_init__(self) -> None:
        if self.samples is not None:
            check_varied(self.samples)

    @property
    def num_samples(self) -> int:
        """Samples to calibrate with; 0 without."""
        return 0 if self.samples is None else len(self.samples)

    @property
    def in_floats(self) -> "Conversion":
        """The same without quantization: what rules are applied to."""
        return Conversion(
            mode=MODES.get("float32"), select_tf_ops=self.select_tf_ops
        )


def check_end_types(conversion: Conversion, possible: Sequence[str]) -> None:
    """Refuses types of inputs or outputs that a file cannot have.

    Args:
        conversion: What is asked for.
        possible: The types that files of its mode can have there.

    Raises:
        InvalidInputError: When a type is unknown, or the mode does not
            compute with it.
    """
    for argument, value in (
        ("input_type", conversion.input_type),
        ("output_type", conversion.output_type),
    ):
        if value not in END_TYPES:
            raise InvalidInputError(
                f"Unknown `{argument}` '{value}'."
                f"{did_you_mean(value, END_TYPES)} Expected one of: "
                f"{', '.join(END_TYPES)}."
            )
        if value not in possible:
            raise InvalidInputError(
                f"Expected `{argument}` to be "
                f"{' or '.join(map(repr, possible))} with quantize="
                f"'{conversion.mode.name}'. Received: '{value}'. int8 and "
                "uint8 need quantize='int8' or 'int4', int16 needs 'int16x8'."
            )


def check_ends(
    argument: str, wanted: str | None, ends: Sequence[TensorInfo]
) -> None:
    """Refuses a file whose real numbers are not of the type asked for.

    Args:
        argument: Which ends these are: `"input_type"` or `"output_type"`.
        wanted: What was asked for; None for nothing.
        ends: The inputs of the file, or its outputs.

    Raises:
        InvalidInputError: When an end has another type.
    """
    for end in ends:
        is_real = end.dtype == "float32" or end.scale is not None
        if wanted is not None and is_real and end.dtype != wanted:
            raise InvalidInputError(
                f"Expected `{argument}` to be '{end.dtype}', which "
                f"'{end.name}' cannot leave. Received: '{wanted}'. Leave "
                f"`{argument}` out, or convert the float model."
            )
