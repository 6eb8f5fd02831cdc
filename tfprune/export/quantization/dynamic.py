"""int8 weights, float inputs and outputs of every operator."""

from dataclasses import dataclass
from typing import Any

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quantization.mode import (
    MODES,
    QuantizationMode,
    disable_per_channel_dense,
    stored_types,
)
from tfprune.export.verification.tolerance import Tolerance


@MODES.register("dynamic")
@dataclass(frozen=True)
class Dynamic(QuantizationMode):
    """int8 weights; activations are quantized on the fly, by their range.

    Needs no data and a quarter of the bytes. Weights of fewer than 1,024
    elements stay float32: the converter skips them.

    Example:

    ```python
    export_tflite(model, "model.tflite", quantize="dynamic")
    ```
    """

    name = "dynamic"
    tolerance = Tolerance(spread=0.4, magnitude=0.01)

    def configure(
        self, converter: Any, tensorflow: Any, *, calibrated: bool
    ) -> None:
        """Asks for int8 weights that old runtimes can read."""
        converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
        disable_per_channel_dense(converter)

    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Warns when no weight became int8."""
        if stored_types(model) & {"INT8", "INT4"}:
            return ()
        return (
            "No weight has 1,024 elements or more, so dynamic quantization "
            "left them all in float32.",
        )
