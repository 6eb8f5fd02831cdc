"""Measuring what the quantization of each operator costs."""

import math
from collections.abc import Sequence

import numpy as np

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator
from tfprune.export.quantization.calibration import Ranges, calibrate
from tfprune.export.quantization.flatbuffer import prepare, quantize_operators
from tfprune.export.quantization.layer_names import distinct_names
from tfprune.export.quantization.mode import MODES, QuantizationMode
from tfprune.export.quantization.noise_report import (
    LayerNoise,
    QuantizationReport,
)
from tfprune.export.running.probe import TensorProbe
from tfprune.export.verification.samples import Samples

# They move numbers and compute none, so they have no error of their own.
MOVERS = frozenset(
    {
        "CONCATENATION",
        "EXPAND_DIMS",
        "GATHER",
        "MAX_POOL_2D",
        "PACK",
        "PAD",
        "RESHAPE",
        "SLICE",
        "SPLIT",
        "SQUEEZE",
        "STRIDED_SLICE",
        "TRANSPOSE",
        "UNPACK",
    }
)

Values = dict[str, list[np.ndarray]]


def measure_noise(
    model: FlatbufferModel,
    mode: QuantizationMode,
    *,
    calibration: Samples | None,
    samples: Samples,
) -> QuantizationReport:
    """Compares a float model with its quantized twins.

    One twin has all operators quantized; each of the others has one.

    Args:
        model: A float model; it is not changed.
        mode: The quantization mode.
        calibration: Samples to find ranges on, for modes that need them.
        samples: Samples to measure on.
    """
    source = prepare(model, mode)
    mode.arrange(source)
    for tensor, name in distinct_names(source).items():
        tensor.name = name
    ranges = None if calibration is None else calibrate(source, calibration)
    assigned = mode.assign(source)
    wanted = values_of(source, samples)
    ends = [tensor.name for tensor in source.main.outputs]
    quantized = quantize_operators(source, assigned, ranges)
    received = values_of(quantized, samples)
    positions = [
        position
        for position, operator in enumerate(source.main.operators)
        if assigned[position].rules() and operator.name not in MOVERS
    ]
    alone = [
        noise_alone(source, assigned, position, ranges, wanted, samples)
        for position in positions
    ]
    total = sum(alone) or 1.0
    return QuantizationReport(
        quantization=mode.name,
        num_samples=len(samples),
        output_snr_db=decibels(noise_of(wanted, received, ends)),
        layers=tuple(
            LayerNoise(
                name=title(source.main.operators[position]),
                operator=source.main.operators[position].name,
                mode=assigned[position].name,
                snr_db=decibels(
                    noise_of(
                        wanted,
                        received,
                        [title(source.main.operators[position])],
                    )
                ),
                own_snr_db=decibels(noise),
                share=noise / total,
            )
            for position, noise in zip(positions, alone, strict=True)
        ),
    )


def noise_alone(
    source: FlatbufferModel,
    assigned: Sequence[QuantizationMode],
    position: int,
    ranges: Ranges | None,
    wanted: Values,
    samples: Samples,
) -> float:
    """Noise of the outputs while one operator is quantized."""
    plain = MODES.get("float32")
    only = [
        mode if index == position else plain
        for index, mode in enumerate(assigned)
    ]
    twin = quantize_operators(source, only, ranges)
    ends = [tensor.name for tensor in source.main.outputs]
    return noise_of(wanted, values_of(twin, samples, ends), ends)


def values_of(
    model: FlatbufferModel,
    samples: Samples,
    names: Sequence[str] | None = None,
) -> Values:
    """Float values of tensors, sample by sample, by name; all by default."""
    probe = TensorProbe(model, source="quantized model")
    chosen = [x for x in probe.readable if names is None or x.name in names]
    found: Values = {tensor.name: [] for tensor in chosen}
    for arrays in samples.batches(1):
        probe.run(arrays)
        for tensor in chosen:
            found[tensor.name].append(probe.value(tensor).astype("f8"))
    return found


def noise_of(wanted: Values, received: Values, names: Sequence[str]) -> float:
    """Power of the error over that of the signal; NaN where one lacks."""
    shares = []
    for name in names:
        if name not in received:
            return math.nan
        signal, result = np.array(wanted[name]), np.array(received[name])
        power = np.square(signal).sum()
        shares.append(np.square(result - signal).sum() / (power or 1.0))
    return float(np.mean(shares))


def decibels(noise: float) -> float | None:
    """Signal to noise; None without noise, or where it is not known."""
    return -10 * math.log10(noise) if noise > 0 else None


def title(operator: Operator) -> str:
    """Name of the first output of an operator."""
    return operator.outputs[0].name
