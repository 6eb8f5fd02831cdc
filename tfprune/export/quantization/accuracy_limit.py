"""Quantization that stops where it costs too much accuracy."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from tfprune.errors import VerificationError
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.passes import Pass, run_passes
from tfprune.export.quantization.flatbuffer import quantize_flatbuffer
from tfprune.export.quantization.labelled import LabelledData
from tfprune.export.quantization.low_bit_int8 import LowBitInt8
from tfprune.export.quantization.mode import MODES, QuantizationMode
from tfprune.export.quantization.noise import measure_noise
from tfprune.export.quantization.partial import PartialMode
from tfprune.export.verification.samples import Samples

# Enough to rank layers.
RANKING_SAMPLES = 16


def finer_mode(mode: QuantizationMode) -> QuantizationMode:
    """The mode for layers that a mode hurts: int8 below it, else floats."""
    return MODES.get("int8" if mode.name == "int4" else "float32")


def keep_accuracy(
    model: FlatbufferModel,
    mode: QuantizationMode,
    data: LabelledData,
    *,
    calibration: Samples | None,
    floor: float,
    passes: Sequence[Pass] = (),
) -> QuantizationMode:
    """Finds the fewest layers to leave in a finer mode.

    Layers are ranked by what the quantization of each alone does to the
    outputs. The number of them that stay finer is doubled until the accuracy
    is met, and then narrowed down.

    Args:
        model: The float model; it is not changed.
        mode: The mode for all other layers.
        data: What accuracy is measured on.
        calibration: Samples to find ranges on, for modes that need them.
        floor: The least accuracy that is enough, from 0 to 1.
        passes: What a quantized model goes through besides the usual passes.

    Returns:
        The mode, with layers left out.

    Raises:
        VerificationError: When no number of layers is enough, or all are.
    """
    samples = (calibration or data.samples).at_most(RANKING_SAMPLES)
    report = measure_noise(
        model, mode, calibration=calibration, samples=samples
    )
    ranked = [layer.name for layer in report.worst(len(report.layers))]

    def accuracy(count: int) -> float:
        partial = keeping(mode, ranked[:count])
        tried = quantize_flatbuffer(model, partial, calibration)
        run_passes(tried, passes)
        return data.accuracy(tried)

    count = fewest(ranked, lambda tried: accuracy(tried) >= floor)
    if count is None:
        best = accuracy(len(ranked) - 1)
        raise VerificationError(
            f"Expected an accuracy of {floor:.4f} or more on `labelled_data`. "
            f"Quantization mode '{mode.name}' gives {best:.4f} with all "
            f"operators but one in {finer_mode(mode).name}. Nothing was "
            "written; allow a larger drop, or quantize less."
        )
    return keeping(mode, ranked[:count])


def keeping(mode: QuantizationMode, names: Sequence[str]) -> QuantizationMode:
    """The mode with some layers in a finer one; those of few bits are exact."""
    if isinstance(mode, LowBitInt8):
        return replace(mode, mode=keeping(mode.mode, names))
    return PartialMode(mode, finer_mode(mode), tuple(names))


def fewest(ranked: Sequence[str], passes: Callable[[int], bool]) -> int | None:
    """The smallest count found that passes; None where none below all does."""
    failed, count = 0, 1
    while count < len(ranked) and not passes(count):
        failed, count = count, 2 * count
    if count >= len(ranked):
        count = len(ranked) - 1
        if count <= failed or not passes(count):
            return None
    while count - failed > 1:
        middle = (failed + count) // 2
        if passes(middle):
            count = middle
        else:
            failed = middle
    return count
