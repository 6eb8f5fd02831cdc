"""The work of `tfprune convert`."""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfprune.atomic_file import atomic_path
from tfprune.errors import InvalidInputError
from tfprune.export import export_tflite
from tfprune.export.quantization import find_mode
from tfprune.saving.keras_file import load_keras_model
from tfprune.tools.new_file import check_new
from tfprune.tools.typical_inputs import TypicalInputs


@dataclass(frozen=True)
class Conversion:
    """Writes a model as a `.tflite` file and prints the report.

    Attributes:
        kind: How the model was given: `"keras_model"`, `"saved_model_dir"`,
            `"tflite"`, or `"file"` for any of them.
        source: Path of the model.
        output: The file to write.
        quantize: Name of a quantization mode, or names by layer.
        representative_data: Where typical inputs come from, or None.
        input_type: Type of the inputs of the file.
        output_type: Type of its outputs.
        input_shape: Shape of one sample, where the model leaves it open.
        signature: Key of the signature of a SavedModel, or None.
        select_tf_ops: Whether TensorFlow's own operators may be used.
        strip: Whether channels that do nothing are removed.
        overwrite: Whether files that exist may be replaced.
        json: The file to write the report to, or None.
    """

    kind: str
    source: str
    output: str
    quantize: str | dict[str, str]
    representative_data: TypicalInputs | None
    input_type: str
    output_type: str
    input_shape: tuple[int, ...] | None
    signature: str | None
    select_tf_ops: bool
    strip: bool
    overwrite: bool
    json: str | None

    def __post_init__(self) -> None:
        mode = find_mode(self.quantize)
        types = {self.input_type, self.output_type}
        if not types <= set(mode.end_types):
            raise InvalidInputError(
                f"Expected {' or '.join(mode.end_types)} for --input_type and "
                f"--output_type with --quantize={mode.name}. Received: "
                f"{self.input_type} and {self.output_type}. Integers need "
                "--quantize=int8."
            )

    def run(self) -> None:
        """Converts, verifies, writes and prints."""
        check_new((self.output, self.json), self.overwrite)
        with contextlib.ExitStack() as stack:
            report_file = None
            if self.json is not None:
                report_file = stack.enter_context(atomic_path(self.json))
            inputs = None
            if self.representative_data is not None:
                inputs = self.representative_data.open()
            report = export_tflite(
                self.load(),
                self.output,
                quantize=self.quantize,
                representative_data=inputs,
                input_type=self.input_type,
                output_type=self.output_type,
                input_shape=self.input_shape,
                signature=self.signature,
                select_tf_ops=self.select_tf_ops,
                strip=self.strip,
            )
            if report_file is not None:
                report_file.write_text(report.to_json(), encoding="utf-8")
        print(report)

    def load(self) -> Any:
        """The model as `export_tflite` takes it.

        Raises:
            InvalidInputError: When the path holds another kind of model than
                the flag says.
        """
        if self.kind == "keras_model":
            return load_keras_model(self.source)
        if self.kind == "saved_model_dir" and not Path(self.source).is_dir():
            raise InvalidInputError(
                f"Expected the folder of a SavedModel. Received: "
                f"'{self.source}', which is no folder. Check the path."
            )
        return self.source
