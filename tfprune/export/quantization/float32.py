"""No quantization."""

from dataclasses import dataclass
from typing import Any

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quantization.mode import MODES, QuantizationMode
from tfprune.export.verification.tolerance import Tolerance


@MODES.register("float32")
@dataclass(frozen=True)
class Float32(QuantizationMode):
    """Weights and computation in float32, as in Keras.

    Example:

    ```python
    export_tflite(model, "model.tflite", quantize="float32")
    ```
    """

    name = "float32"
    tolerance = Tolerance(spread=1e-4, magnitude=1e-4)

    def configure(
        self, converter: Any, tensorflow: Any, *, calibrated: bool
    ) -> None:
        """Leaves the converter as it is."""

    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Has nothing to object."""
        return ()
