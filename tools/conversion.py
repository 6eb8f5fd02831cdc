"""The work of `tfprune convert`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export import QuantizationMode, export_tflite
from tfprune.export.conversion.open_source import open_source
from tfprune.export.default_mode import default_mode
from tfprune.export.targets import TARGETS
from tfprune.export.targets.target import find_target
from tfprune.saving.keras_file import load_keras_model
from tfprune.tools.json_file import pending_json
from tfprune.tools.new_file import check_new
from tfprune.tools.representative_file import load_inputs
from tfprune.tools.typical_inputs import TypicalInputs


@dataclass(frozen=True)
class Conversion:
    """Writes a model as a `.tflite` file and prints the report.

    Attributes:
        kind: How the model was given: `"keras_model"`, `"saved_model_dir"`,
            `"tflite"`, or `"file"` for any of them.
        source: Path of the model.
        output: The file to write.
        target: What the file is meant for, or None.
        quantize: The quantization mode, or the recipe; None for the default.
        per_tensor_dense: Whether dense layers of the default mode have one
            scale a kernel; None for what the mode has.
        representative_data: Where typical inputs come from, or None.
        input_type: Type of the inputs of the file, or None.
        output_type: Type of its outputs, or None.
        max_accuracy_drop: How much accuracy quantization may cost, or None.
        labelled_data: An `.npz` file of `x` and `y` to measure it on, or None.
        layer_report: Whether to measure what each layer loses.
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
    target: str | None
    quantize: QuantizationMode | None
    per_tensor_dense: bool | None
    representative_data: TypicalInputs | None
    input_type: str | None
    output_type: str | None
    max_accuracy_drop: float | None
    labelled_data: str | None
    layer_report: bool
    input_shape: tuple[int, ...] | None
    signature: str | None
    select_tf_ops: bool
    strip: bool
    overwrite: bool
    json: str | None

    def __post_init__(self) -> None:
        if self.target is not None:
            TARGETS.get(self.target)
        if (self.max_accuracy_drop is None) != (self.labelled_data is None):
            raise InvalidInputError(
                "Expected --max_accuracy_drop and --labelled_data together. "
                "Received one of them."
            )

    def run(self) -> None:
        """Converts, verifies, writes and prints."""
        check_new([self.output, self.json], self.overwrite)
        with pending_json(self.json) as write:
            inputs = None
            if self.representative_data is not None:
                inputs = self.representative_data.open()
            model = self.load()
            report = export_tflite(
                model,
                self.output,
                quantize=self.mode_for(model),
                representative_data=inputs,
                input_type=self.input_type,
                output_type=self.output_type,
                max_accuracy_drop=self.max_accuracy_drop,
                labelled_data=self.load_labelled(),
                layer_report=self.layer_report,
                input_shape=self.input_shape,
                signature=self.signature,
                select_tf_ops=self.select_tf_ops,
                strip=self.strip,
                target=self.target,
            )
            write(report.to_json())
        print(report)

    def mode_for(self, model: Any) -> QuantizationMode | None:
        """The quantization mode; None for the default as it is.

        Args:
            model: What `load` returned.

        Raises:
            InvalidInputError: When the default has no choice of the scales of
                dense layers, and one was made.
        """
        if self.quantize is not None or self.per_tensor_dense is None:
            return self.quantize
        target = None if self.target is None else find_target(self.target)
        with open_source(
            model, input_shape=self.input_shape, signature=self.signature
        ) as source:
            mode = default_mode(source, target)
        return mode.with_dense_scales(per_tensor=self.per_tensor_dense)

    def load_labelled(self) -> tuple[Any, Any] | None:
        """Inputs and classes, or None where no file was given.

        Raises:
            InvalidInputError: When the file does not hold both.
        """
        if self.labelled_data is None:
            return None
        arrays = load_inputs(self.labelled_data)
        names = sorted(arrays) if isinstance(arrays, dict) else ["one array"]
        if not isinstance(arrays, dict) or names != ["x", "y"]:
            raise InvalidInputError(
                f"Expected '{self.labelled_data}' with the arrays x and y: "
                f"inputs and their classes. Received: {', '.join(names)}."
            )
        return arrays["x"], arrays["y"]

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
