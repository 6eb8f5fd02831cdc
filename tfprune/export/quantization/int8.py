"""Integers throughout."""

from dataclasses import dataclass, replace
from typing import Any

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quantization.float_operators import (
    float_operators,
    refuse_float_operators,
)
from tfprune.export.quantization.mode import (
    MODES,
    QuantizationMode,
    disable_per_channel_dense,
)
from tfprune.export.quantization.rule import OperatorRule
from tfprune.export.verification.tolerance import Tolerance

STORED_BITS = frozenset({4, 8})
"""Bits of the integers that files hold."""


@MODES.register("int8")
@dataclass(frozen=True)
class Int8(QuantizationMode):
    """int8 weights and activations; microcontrollers and NPUs want this.

    The ranges of the activations come from representative data, or from
    fake-quantization operations that the model was trained with.

    Args:
        per_tensor_dense: Gives dense layers one scale a kernel, which every
            runtime reads. False gives every output of theirs its own: more
            exact, but TensorFlow Lite before 2.10 computes garbage.
        float_layers: Whether float operators may stand among the others, as
            `tfprune.quantize_aware` leaves those that were not chosen.

    Example:

    ```python
    export_tflite(
        model, "model.tflite", quantize="int8", representative_data=x_train
    )
    ```
    """

    name = "int8"
    end_types = ("float32", "int8", "uint8")
    tolerance = Tolerance(spread=0.75, magnitude=0.01)

    per_tensor_dense: bool = True
    float_layers: bool = False

    def with_float_layers(self) -> "Int8":
        """Integers where the model was trained with them, and floats."""
        return replace(self, float_layers=True)

    def takes_ranges(self, bits: frozenset[int]) -> bool:
        """Where files hold numbers of all these bits."""
        return bits <= STORED_BITS

    def rules(self) -> tuple[OperatorRule, ...]:
        """int8 for every operator that has a kernel."""
        return (
            OperatorRule(8, 8),
            OperatorRule(
                8,
                8,
                "FULLY_CONNECTED",
                per_channel=not self.per_tensor_dense,
            ),
        )

    def configure(
        self, converter: Any, tensorflow: Any, *, calibrated: bool
    ) -> None:
        """Asks for integer operators."""
        converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
        if self.per_tensor_dense:
            disable_per_channel_dense(converter)
        # The converter takes this set for a demand to calibrate.
        if calibrated:
            converter.target_spec.supported_ops = [
                tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8
            ]

    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Refuses float numbers anywhere, or tells of those on purpose."""
        if not self.float_layers:
            refuse_float_operators(model, self.name)
            return ()
        found = float_operators(model)
        if not found:
            return ()
        return (
            "Some operators compute in float32, as the model was trained: "
            f"{', '.join(found)}.",
        )
