"""Weights of four bits."""

from dataclasses import dataclass
from typing import Any

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quantization.float_operators import refuse_float_operators
from tfprune.export.quantization.mode import (
    MODES,
    QuantizationMode,
    stored_types,
)
from tfprune.export.quantization.rule import OperatorRule
from tfprune.export.verification.tolerance import Tolerance

WEIGHT_BITS = 4


@MODES.register("int4")
@dataclass(frozen=True)
class Int4(QuantizationMode):
    """4-bit weights of convolutions and dense layers, int8 for all the rest.

    Half the bytes of `"int8"`, and as a rule one or two points of accuracy:
    compare, and keep the first and the last layer in int8 by a recipe where
    it matters. Depthwise convolutions stay int8, unless the model was trained
    with 4 bits. Slower than int8 on processors; dense layers need TensorFlow
    Lite 2.19, convolutions 2.12, and the file states which.

    Example:

    ```python
    export_tflite(
        model, "model.tflite", quantize="int4", representative_data=x_train
    )
    ```
    """

    name = "int4"
    end_types = ("float32", "int8", "uint8")
    tolerance = Tolerance(spread=0.9, magnitude=0.01)

    def uses_converter(self, *, calibrated: bool) -> bool:
        """Only for 4 bits that the model was trained with."""
        return not calibrated

    def takes_ranges(self, bits: frozenset[int]) -> bool:
        """Only where some have 4 bits."""
        return WEIGHT_BITS in bits

    def rules(self) -> tuple[OperatorRule, ...]:
        """4 bits where there are kernels for them, else 8."""
        return (
            OperatorRule(8, 8),
            OperatorRule(WEIGHT_BITS, 8, "CONV_2D"),
            OperatorRule(WEIGHT_BITS, 8, "FULLY_CONNECTED"),
        )

    def configure(
        self, converter: Any, tensorflow: Any, *, calibrated: bool
    ) -> None:
        """Asks for integers of the ranges and bits of fake quantization."""
        converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]

    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Refuses float operators; warns when no weight became int4."""
        refuse_float_operators(model, self.name)
        if "INT4" in stored_types(model):
            return ()
        return (
            "The model has no convolution or dense layer, so no weight has 4 "
            "bits.",
        )
