"""Ranges of the activations of a float model."""

from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.running.probe import TensorProbe
from tfprune.export.verification.samples import Samples


def calibrate(
    model: FlatbufferModel, samples: Samples
) -> dict[str, dict[str, Any]]:
    """Finds the least and the greatest value of every float tensor.

    litert-quantizer's own calibration averages the ranges of the samples,
    which clips rare large values; TensorFlow's converter takes the extremes,
    and so does this.

    Args:
        model: A float model whose tensors have different names.
        samples: Inputs in the order of those of the model.

    Returns:
        Arrays `min` and `max` of as many axes as the tensor, each of size 1,
        by name of the tensor.

    Raises:
        InvalidInputError: When the model computes NaN or infinity on them.
    """
    probe = TensorProbe(model, source="float model")
    found: dict[str, dict[str, Any]] = {}
    for arrays in samples.batches(1):
        probe.run(arrays)
        for tensor, values in probe.activations():
            if values.dtype != np.float32 or not values.size:
                continue
            low, high = values.min(), values.max()
            if not np.isfinite([low, high]).all():
                raise InvalidInputError(
                    "Expected finite activations while finding their ranges. "
                    f"Received NaN or infinity in '{tensor.name}'. Check the "
                    "weights and the scale of the representative data."
                )
            shape = (1,) * values.ndim
            known = found.setdefault(
                tensor.name,
                {"min": np.full(shape, low), "max": np.full(shape, high)},
            )
            known["min"] = np.minimum(known["min"], low)
            known["max"] = np.maximum(known["max"], high)
    return found
