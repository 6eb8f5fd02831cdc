"""No quantization."""

from dataclasses import dataclass

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quantization.mode import MODES, QuantizationMode
from tfprune.export.quantization.rule import OperatorRule
from tfprune.export.verification.tolerance import Tolerance

RANGE_BITS = 8


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
    computes_ranges = True

    def takes_ranges(self, bits: frozenset[int]) -> bool:
        """Only those that LiteRT rounds to among floats."""
        return bits == {RANGE_BITS}

    def rules(self) -> tuple[OperatorRule, ...]:
        """Nothing to do."""
        return ()

    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Has nothing to object."""
        return ()
