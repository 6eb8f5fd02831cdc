"""Weights of half the size."""

from dataclasses import dataclass
from typing import Any

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quantization.mode import (
    MODES,
    QuantizationMode,
    stored_types,
)
from tfprune.export.quantization.rule import HALF_BITS, OperatorRule
from tfprune.export.verification.tolerance import Tolerance


@MODES.register("float16")
@dataclass(frozen=True)
class Float16(QuantizationMode):
    """Weights in float16; processors compute in float32, GPUs in float16.

    Example:

    ```python
    export_tflite(model, "model.tflite", quantize="float16")
    ```
    """

    name = "float16"
    tolerance = Tolerance(spread=0.1, magnitude=0.002)

    def rules(self) -> tuple[OperatorRule, ...]:
        """Weights in halves wherever there are weights."""
        return (OperatorRule(HALF_BITS),)

    def configure(
        self, converter: Any, tensorflow: Any, *, calibrated: bool
    ) -> None:
        """Asks for float16 weights."""
        converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tensorflow.float16]

    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Warns when no weight became float16."""
        if "FLOAT16" in stored_types(model):
            return ()
        return ("The model has no weights that float16 makes smaller.",)
