"""What the converter is asked for."""

from dataclasses import dataclass

from tfprune.errors import InvalidInputError
from tfprune.export.quantization import QuantizationMode
from tfprune.export.verification.samples import Samples
from tfprune.registry import did_you_mean

END_TYPES = ("float32", "int8", "uint8")


@dataclass(frozen=True)
class Conversion:
    """What the converter is asked for.

    Args:
        mode: How numbers are stored and computed.
        samples: Inputs to calibrate with, or None.
        input_type: Type of the inputs of the file, such as `"int8"`.
        output_type: Type of its outputs.
    """

    mode: QuantizationMode
    samples: Samples | None = None
    input_type: str = "float32"
    output_type: str = "float32"

    @property
    def num_samples(self) -> int:
        """Samples to calibrate with; 0 without."""
        return 0 if self.samples is None else len(self.samples)


def check_end_types(
    mode: QuantizationMode, input_type: str, output_type: str
) -> None:
    """Refuses types of inputs or outputs that a file cannot have.

    Raises:
        InvalidInputError: When a type is unknown, or an integer in a mode
            that computes with floats.
    """
    for argument, value in (
        ("input_type", input_type),
        ("output_type", output_type),
    ):
        if value not in END_TYPES:
            raise InvalidInputError(
                f"Unknown `{argument}` '{value}'."
                f"{did_you_mean(value, END_TYPES)} Expected one of: "
                f"{', '.join(END_TYPES)}."
            )
        if value != "float32" and not mode.takes_integer_types:
            raise InvalidInputError(
                f"Expected `{argument}` 'float32' with quantize="
                f"'{mode.name}', which computes with floats. Received: "
                f"'{value}'. Use quantize='int8'."
            )
