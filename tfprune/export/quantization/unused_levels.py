"""Scales that are wider than the numbers that they stand for."""

from collections.abc import Sequence

import numpy as np

from tfprune.export.channels.elements import offsets
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Tensor
from tfprune.export.running.probe import TensorProbe
from tfprune.export.verification.samples import Samples

# A scale of which less than this is in use wastes a bit.
USED = 0.5


def unused_levels(
    model: FlatbufferModel, tensors: Sequence[Tensor], samples: Samples
) -> bool:
    """Whether a scale is more than twice as wide as what it stands for.

    Ranges are found on all channels. Those that went may have been the
    widest, and then the others are stored more coarsely than need be.

    Args:
        model: A model of integers.
        tensors: The tensors of its main subgraph to look at.
        samples: Typical inputs.

    Returns:
        Whether one of them uses less than half of its integers.

    Example:

    ```python
    unused_levels(model, model.main.tensors, samples)
    ```
    """
    scaled = [x for x in tensors if x.scale() and x.dtype in NUMPY_TYPES]
    for tensor in scaled:
        if tensor.is_constant and share_of_weights(tensor) < USED:
            return True
    activations = {x for x in scaled if not x.is_constant}
    if not activations:
        return False
    lower, upper = (
        dict.fromkeys(activations, 0.0),
        dict.fromkeys(activations, 0.0),
    )
    probe = TensorProbe(model, source="quantized model")
    for arrays in samples.batches(1):
        probe.run(arrays)
        for tensor in activations:
            values = probe.value(tensor)
            lower[tensor] = min(lower[tensor], float(values.min()))
            upper[tensor] = max(upper[tensor], float(values.max()))
    return any(
        0 < upper[x] - lower[x] < USED * width_of(x) for x in activations
    )


def share_of_weights(tensor: Tensor) -> float:
    """How far weights reach to the end of their integers, around zero."""
    largest = np.abs(offsets(tensor).astype(np.int64)).max(initial=0)
    return float(largest / np.iinfo(NUMPY_TYPES[tensor.dtype]).max)


def width_of(tensor: Tensor) -> float:
    """Distance of the greatest and the least number that a tensor can hold."""
    ends = np.iinfo(NUMPY_TYPES[tensor.dtype])
    return (tensor.scale() or 0.0) * (ends.max - ends.min)
