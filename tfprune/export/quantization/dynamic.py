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
from tfprune.export.quantization.rule import OperatorRule
from tfprune.export.verification.tolerance import Tolerance

# TensorFlow's converter leaves smaller weights alone.
MIN_WEIGHTS = 1024


@MODES.register("dynamic")
@dataclass(frozen=True)
class Dynamic(QuantizationMode):
    """int8 weights; activations are quantized on the fly, by their range.

    Needs no data and a quarter of the bytes. Weights of fewer than 1,024
    elements stay float32, and so do those of depthwise convolutions, which
    would get slower.

    Args:
        per_tensor_dense: Gives dense layers one scale a kernel, which every
            runtime reads. False gives every output of theirs its own: more
            exact, but TensorFlow Lite before 2.17 refuses the file.

    Example:

    ```python
    export_tflite(model, "model.tflite", quantize="dynamic")
    ```
    """

    name = "dynamic"
    tolerance = Tolerance(spread=0.4, magnitude=0.01)

    per_tensor_dense: bool = True

    def rules(self) -> tuple[OperatorRule, ...]:
        """int8 weights for convolutions, dense layers and embeddings."""
        return (
            OperatorRule(8, None, "CONV_2D", min_weights=MIN_WEIGHTS),
            OperatorRule(8, None, "EMBEDDING_LOOKUP", min_weights=MIN_WEIGHTS),
            OperatorRule(
                8,
                None,
                "FULLY_CONNECTED",
                per_channel=not self.per_tensor_dense,
                min_weights=MIN_WEIGHTS,
            ),
        )

    def configure(
        self, converter: Any, tensorflow: Any, *, calibrated: bool
    ) -> None:
        """Asks for int8 weights."""
        converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
        if self.per_tensor_dense:
            disable_per_channel_dense(converter)

    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Warns when no weight became int8."""
        if stored_types(model) & {"INT8", "INT4"}:
            return ()
        return (
            "No weight has 1,024 elements or more, so dynamic quantization "
            "left them all in float32.",
        )
