"""Kernels that are so small that their biases take more than 32 bits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops

from tfprune.graph.keras_graph import is_graph, recorded_calls
from tfprune.graph.keras_graph.history import producers_of
from tfprune.layers.quantized_layer import QuantizedLayer
from tfprune.quantizers import FakeQuant, MovingFakeQuant

MOST = 2.0**30


@contextmanager
def room_for_biases(model: keras.Model) -> Iterator[None]:
    """Widens ranges of kernels, for a while, so that 32 bits hold biases.

    What pruning left of a filter can be so near to zero that its bias is more
    than 2^31 steps of the scales of inputs and kernel. In wider steps the
    filter rounds to less, which is nothing beside such a bias.

    Args:
        model: A built model with ranges that are trained.

    Example:

    ```python
    with room_for_biases(model), showing_ranges(model):
        outputs = model(images)
    ```
    """
    before = []
    try:
        for layer, scale in products(model):
            _, kernel = layer.before_bias()
            if isinstance(kernel, MovingFakeQuant) and layer.use_bias:
                before.append((kernel.high, np.array(kernel.high)))
                widen(kernel, layer, scale)
        yield
    finally:
        for variable, value in reversed(before):
            variable.assign(value)


def products(model: keras.Model) -> Iterator[tuple[QuantizedLayer, float]]:
    """The layers of products of rounded inputs, and the scales of these."""
    # Layers inside custom layers are listed by no public name.
    for part in model._flatten_layers():  # noqa: SLF001
        if isinstance(part, QuantizedLayer):
            yield from scale_of([part.before_bias()[0]], part)
        elif is_graph(part):
            for call in recorded_calls(part):
                if isinstance(call.operation, QuantizedLayer):
                    nodes = producers_of(call.inputs[1:])
                    ranges = [node.operation for node in nodes]
                    yield from scale_of(ranges, call.operation)


def scale_of(
    ranges: list[Any], layer: QuantizedLayer
) -> Iterator[tuple[QuantizedLayer, float]]:
    """A layer with the scale of its inputs, if there is one."""
    for found in ranges:
        if isinstance(found, FakeQuant) and not found.per_channel:
            yield layer, float(found.grid().scale)


def widen(kernel: MovingFakeQuant, layer: Any, range_scale: float) -> None:
    """Widens the range of a kernel where the bias beside it needs it."""
    bias = np.abs(ops.convert_to_numpy(layer.bias))
    needed = bias / (range_scale * MOST) * kernel.highest
    if not kernel.per_channel:
        needed = needed.max()
    kernel.high.assign(np.maximum(ops.convert_to_numpy(kernel.high), needed))
