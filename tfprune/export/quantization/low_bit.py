"""Weights of few bits, as they were trained."""

from dataclasses import dataclass

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.low_bit import (
    Storage,
    pack_kernels,
    use_integer_layers,
    use_real_thresholds,
)
from tfprune.export.quantization.mode import MODES, QuantizationMode
from tfprune.export.quantization.rule import OperatorRule
from tfprune.export.verification.tolerance import Tolerance

SMALLEST = "int4"


@MODES.register("low_bit")
@dataclass(frozen=True)
class LowBit(QuantizationMode):
    """Exact small integers for weights that lie on an even grid.

    Binary, ternary and other weights of few bits are stored as whole numbers,
    four bits each where they fit, and their scales apart. Between signs the
    layers compute with integers alone, normalization and sign as one
    threshold; everything else computes in float32, as it would without. This
    is what an export of a model with such layers does by default.

    No weight is rounded. Kernels of 1 and -1, or of other whole numbers, have
    sums and signs that are those of Keras to the last bit. Where a kernel has
    scales, Keras rounds its products and the file the sum of whole numbers:
    the last bits may differ, and so may the sign of a sum that is zero but
    for them.

    Four bits need TensorFlow Lite 2.18; with `weights="int8"` older ones will
    do, and convolutions that compute with floats are faster.

    Args:
        weights: The smallest type of a weight: `"int4"`, `"int8"`, or
            `"int2"`, which LiteRT 2 executes, more slowly. Kernels of more
            levels take the next larger type. So do levels without a zero,
            such as DoReFa's, which count two steps each: 4 bits are int8, and
            8 bits stay float32. None is the smallest that the
            target reads, without a target `"int4"`.

    Raises:
        InvalidInputError: When `weights` is another type.

    Example:

    ```python
    export_tflite(model, "model.tflite")
    export_tflite(model, "model.tflite", quantize=LowBit(weights="int8"))
    ```
    """

    name = "low_bit"
    tolerance = Tolerance(spread=1e-4, magnitude=1e-4)
    packs_low_bits = True

    weights: str | None = None

    def __post_init__(self) -> None:
        Storage(self.weights or SMALLEST)

    def uses_converter(self, *, calibrated: bool) -> bool:
        """No: TensorFlow's converter knows nothing of it."""
        return False

    def rules(self) -> tuple[OperatorRule, ...]:
        """Nothing for litert-quantizer to do."""
        return ()

    def rewrite(self, model: FlatbufferModel) -> None:
        """Packs what lies on a grid."""
        storage = Storage(self.weights or SMALLEST)
        use_integer_layers(model, storage)
        use_real_thresholds(model)
        pack_kernels(model, storage)

    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Has nothing to object."""
        return ()
