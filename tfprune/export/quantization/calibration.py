"""Ranges of the activations of a float model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.running.probe import TensorProbe
from tfprune.export.verification.samples import Samples


@dataclass(frozen=True)
class Ranges:
    """The least and the greatest value of each float activation.

    Args:
        limits: Lower and upper ends by position of the tensor in the main
            subgraph.
    """

    limits: dict[int, tuple[float, float]]

    def by_name(self, tensors: Sequence[Tensor]) -> dict[str, dict[str, Any]]:
        """The ranges as litert-quantizer takes them.

        Args:
            tensors: The tensors of the main subgraph, with different names.
        """
        found = {}
        for position, (low, high) in self.limits.items():
            tensor = tensors[position]
            shape = (1,) * len(tensor.shape)
            found[tensor.name] = {
                "min": np.full(shape, low, "f4"),
                "max": np.full(shape, high, "f4"),
            }
        return found


def calibrate(model: FlatbufferModel, samples: Samples) -> Ranges:
    """Finds the least and the greatest value of every float tensor.

    litert-quantizer's own calibration averages the ranges of the samples,
    which clips rare large values; TensorFlow's converter takes the extremes,
    and so does this.

    Args:
        model: A float model.
        samples: Inputs in the order of those of the model.

    Raises:
        InvalidInputError: When the model computes NaN or infinity on them.
    """
    probe = TensorProbe(model, source="float model")
    positions = {
        tensor: position for position, tensor in enumerate(model.main.tensors)
    }
    limits: dict[int, tuple[float, float]] = {}
    for arrays in samples.batches(1):
        probe.run(arrays)
        for tensor, values in probe.activations():
            if values.dtype != np.float32 or not values.size:
                continue
            low, high = float(values.min()), float(values.max())
            if not np.isfinite([low, high]).all():
                raise InvalidInputError(
                    "Expected finite activations while finding their ranges. "
                    f"Received NaN or infinity in '{tensor.name}'. Check the "
                    "weights and the scale of the representative data."
                )
            least, greatest = limits.get(positions[tensor], (low, high))
            limits[positions[tensor]] = min(low, least), max(high, greatest)
    return Ranges(limits)
