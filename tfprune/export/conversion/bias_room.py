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
        for layer, inputs in rounded_products(model):
            _, kernel = layer.before_bias()
            if isinstance(kernel, MovingFakeQuant) and layer.use_bias:
                before.append((kernel.high, np.array(kernel.high)))
                widen(kernel, layer, float(inputs.grid().scale))
        yield
    finally:
        for variable, value in reversed(before):
            variable.assign(value)


def rounded_products(
    model: keras.Model,
) -> Iterator[tuple[QuantizedLayer, FakeQuant]]:
    """The layers whose inputs have one range, each with what rounds them."""
    for layer, found in quantized_layers(model):
        if isinstance(found, FakeQuant) and not found.per_channel:
            yield layer, found


def quantized_layers(
    model: keras.Model,
) -> Iterator[tuple[QuantizedLayer, Any]]:
    """The layers that quantize, each with what its inputs come from."""
    # Layers inside custom layers are listed by no public name.
    for part in model._flatten_layers():  # noqa: SLF001
        if isinstance(part, QuantizedLayer):
            yield part, part.before_bias()[0]
        elif is_graph(part):
            for call in recorded_calls(part):
                if isinstance(call.operation, QuantizedLayer):
                    for node in producers_of(call.inputs[1:]):
                        yield call.operation, node.operation


def widen(kernel: MovingFakeQuant, layer: Any, range_scale: float) -> None:
    """Widens the range of a kernel where the bias beside it needs it."""
    bias = np.abs(ops.convert_to_numpy(layer.bias))
    needed = bias / (range_scale * MOST) * kernel.highest
    if not kernel.per_channel:
        needed = needed.max()
    kernel.high.assign(np.maximum(ops.convert_to_numpy(kernel.high), needed))
