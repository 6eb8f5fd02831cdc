"""int8 weights between int16 activations."""

from dataclasses import dataclass

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quantization.float_operators import refuse_float_operators
from tfprune.export.quantization.mode import MODES, QuantizationMode
from tfprune.export.quantization.rule import OperatorRule
from tfprune.export.verification.tolerance import Tolerance


@MODES.register("int16x8")
@dataclass(frozen=True)
class Int16x8(QuantizationMode):
    """int8 weights, int16 activations: nearly as exact as floats.

    For signal processors and accelerators with int16 kernels, and for models
    that int8 activations spoil. Processors run it on reference kernels, which
    take ten and more times as long as those of int8.

    Args:
        per_tensor_dense: As for `Int8`.

    Example:

    ```python
    export_tflite(
        model, "model.tflite", quantize="int16x8", representative_data=x_train
    )
    ```
    """

    name = "int16x8"
    end_types = ("float32", "int16")
    tolerance = Tolerance(spread=0.2, magnitude=0.01)

    per_tensor_dense: bool = True

    def uses_converter(self, *, calibrated: bool) -> bool:
        """No: it writes operator versions that old runtimes misread."""
        return False

    def rules(self) -> tuple[OperatorRule, ...]:
        """int16 for every operator that has a kernel."""
        return (
            OperatorRule(8, 16),
            OperatorRule(
                8,
                16,
                "FULLY_CONNECTED",
                per_channel=not self.per_tensor_dense,
            ),
        )

    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Refuses float operators; warns of the speed."""
        refuse_float_operators(model, self.name)
        return (
            "On processors int16x8 takes ten and more times as long as int8: "
            "it is for devices with int16 kernels.",
        )
