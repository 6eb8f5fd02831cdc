"""Weights stored as halves, made whole."""

import numpy as np

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring

HALF = "FLOAT16"
CONVERSIONS = frozenset({"CAST", "DEQUANTIZE"})


def widen_float16_constants(model: FlatbufferModel) -> int:
    """Turns float16 constants into the float32 ones that they stand for.

    Every half is a float32 number, so the function stays to the last bit. A
    `DEQUANTIZE` of such a constant becomes the constant that it computes.
    Where a model computes with halves, its constants stay, and so do those
    that are stored without their zeros.

    Args:
        model: The model; it is changed.

    Returns:
        How many constants were widened.

    Example:

    ```python
    model = read_tflite("float16.tflite")
    widen_float16_constants(model)
    small = quantize_flatbuffer(model, MODES.get("dynamic"))
    ```
    """
    # What shares a buffer shall share it afterwards.
    widened: dict[int, np.ndarray] = {}
    return sum(widen_in(subgraph, widened) for subgraph in model.subgraphs)


def widen_in(subgraph: Subgraph, widened: dict[int, np.ndarray]) -> int:
    """Widens what it can of one subgraph; returns how many.

    Args:
        subgraph: The subgraph; it is changed.
        widened: The bytes of float32 numbers by the identity of those of the
            halves; new ones are added.
    """
    count = 0
    for operator in list(subgraph.operators):
        if operator.name != "DEQUANTIZE" or operator.inputs[0] is None:
            continue
        halves = halves_of(operator.inputs[0])
        result = operator.outputs[0]
        if halves is not None and may_be_constant(result, subgraph):
            result.data = whole(halves, widened)
            subgraph.operators.remove(operator)
            count += 1
    wiring = Wiring(subgraph)
    for tensor in subgraph.tensors:
        halves = halves_of(tensor)
        readers = wiring.consumers(tensor)
        if halves is None or not readers or any(map(needs_halves, readers)):
            continue
        tensor.data = whole(halves, widened)
        tensor.dtype = "FLOAT32"
        count += 1
    return count


def halves_of(tensor: Tensor) -> np.ndarray | None:
    """The bytes of a float16 constant; None for all else, and without zeros."""
    if tensor.dtype != HALF or tensor.sparsity is not None:
        return None
    return tensor.data


def may_be_constant(tensor: Tensor, subgraph: Subgraph) -> bool:
    """Whether the file may hold a result: what a model returns is computed."""
    return tensor.dtype == "FLOAT32" and tensor not in subgraph.outputs


def needs_halves(operator: Operator) -> bool:
    """Whether an operator converts halves, or computes with them."""
    return operator.name in CONVERSIONS or any(
        tensor is not None
        and tensor.dtype == HALF
        and halves_of(tensor) is None
        for tensor in (*operator.inputs, *operator.outputs)
    )


def whole(halves: np.ndarray, widened: dict[int, np.ndarray]) -> np.ndarray:
    """The bytes of float16 numbers as those of float32 ones."""
    if id(halves) not in widened:
        numbers = halves.view(np.float16).astype(np.float32)
        widened[id(halves)] = numbers.view(np.uint8)
    return widened[id(halves)]
