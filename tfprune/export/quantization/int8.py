"""Integers throughout."""

from dataclasses import dataclass
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.quantization.mode import (
    MODES,
    QuantizationMode,
    disable_per_channel_dense,
)
from tfprune.export.verification.tolerance import Tolerance

FLOAT_TYPES = frozenset({"FLOAT16", "FLOAT32", "FLOAT64", "BFLOAT16"})
CONVERSIONS = frozenset({"QUANTIZE", "DEQUANTIZE"})


@MODES.register("int8")
@dataclass(frozen=True)
class Int8(QuantizationMode):
    """int8 weights and activations; microcontrollers and NPUs want this.

    The ranges of the activations come from representative data, or from
    fake-quantization operations that the model was trained with.

    Example:

    ```python
    export_tflite(
        model, "model.tflite", quantize="int8", representative_data=x_train
    )
    ```
    """

    name = "int8"
    needs_data = True
    takes_integer_types = True
    tolerance = Tolerance(spread=0.75, magnitude=0.01)

    def configure(
        self, converter: Any, tensorflow: Any, *, calibrated: bool
    ) -> None:
        """Asks for integer operators that old runtimes can read."""
        converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
        disable_per_channel_dense(converter)
        # The converter takes this set for a demand to calibrate.
        if calibrated:
            converter.target_spec.supported_ops = [
                tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8
            ]

    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Refuses a model that computes with float numbers anywhere."""
        # The converter leaves float what has no int8 kernel, without a word.
        inner = [
            operator
            for operator in model.operators
            if is_float(operator) and not is_at_an_end(operator, model.main)
        ]
        # Conversions inside are there because of the others: name the cause.
        causes = [item for item in inner if item.name not in CONVERSIONS]
        if inner:
            names = sorted({where(item) for item in causes or inner})
            raise InvalidInputError(
                "Expected only integer operators after int8 quantization. "
                f"Received float ones: {', '.join(names)}. Replace the layers "
                "that make them, move them out of the model, or export with "
                "quantize='dynamic'."
            )
        return ()


def is_float(operator: Operator) -> bool:
    """Whether an operator reads or writes floating-point numbers."""
    tensors = [*operator.inputs, *operator.outputs]
    return any(
        item is not None and item.dtype in FLOAT_TYPES for item in tensors
    )


def is_at_an_end(operator: Operator, main: Subgraph) -> bool:
    """Whether it converts an input, or a result, of the whole model."""
    if operator.name == "QUANTIZE":
        return holds(main.inputs, operator.inputs[0])
    if operator.name == "DEQUANTIZE":
        return holds(main.outputs, operator.outputs[0])
    return False


def where(operator: Operator) -> str:
    """Name of an operator, with the tensor that names its layer."""
    return f"{operator.name} ('{operator.outputs[0].name}')"


def holds(tensors: list[Tensor], wanted: Tensor | None) -> bool:
    """Whether a list holds this very tensor."""
    return any(tensor is wanted for tensor in tensors)
