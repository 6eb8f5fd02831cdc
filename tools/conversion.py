"""The work of `tfprune convert`."""

from dataclasses import dataclass

from tfprune.errors import InvalidInputError
from tfprune.export import MODES, export_tflite
from tfprune.saving.keras_file import load_keras_model
from tfprune.tools.representative_file import load_inputs


@dataclass(frozen=True)
class Conversion:
    """Writes a `.keras` model as a `.tflite` file and prints the report.

    Attributes:
        keras_model: The file to read.
        output: The file to write.
        quantize: Name of a quantization mode.
        representative_data: An `.npz` file of typical inputs, or None.
        input_type: Type of the inputs of the file.
        output_type: Type of its outputs.
        input_shape: Shape of one sample, where the model leaves it open.
    """

    keras_model: str
    output: str
    quantize: str
    representative_data: str | None
    input_type: str
    output_type: str
    input_shape: tuple[int, ...] | None

    def __post_init__(self) -> None:
        mode = MODES.get(self.quantize)
        types = {self.input_type, self.output_type}
        if not types <= set(mode.end_types):
            raise InvalidInputError(
                f"Expected {' or '.join(mode.end_types)} for --input_type and "
                f"--output_type with --quantize={self.quantize}. Received: "
                f"{self.input_type} and {self.output_type}. Integers need "
                "--quantize=int8."
            )

    def run(self) -> None:
        """Converts, verifies, writes and prints."""
        model = load_keras_model(self.keras_model)
        inputs = None
        if self.representative_data is not None:
            inputs = load_inputs(self.representative_data)
        print(
            export_tflite(
                model,
                self.output,
                quantize=self.quantize,
                representative_data=inputs,
                input_type=self.input_type,
                output_type=self.output_type,
                input_shape=self.input_shape,
            )
        )
