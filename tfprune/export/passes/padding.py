"""Padding as an operator of its own, or as part of the next one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.numbers import constant_numbers, numbers_of
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring

WINDOWS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D"})
SAME, VALID = schema.Padding.SAME, schema.Padding.VALID
IMAGE_RANK = 4


def fold_padding(model: FlatbufferModel) -> int:
    """Makes padding part of the convolution that reads it.

    Where a `PAD` adds the very zeros that SAME padding would add, the
    convolution reads what was padded. Edge processors then have one operator
    less, and no padded copy of the image.

    Args:
        model: The model; it is changed.

    Returns:
        How many convolutions changed.

    Example:

    ```python
    changes = fold_padding(model)
    ```
    """
    return sum(fold_in(subgraph) for subgraph in model.subgraphs)


def unfold_padding(model: FlatbufferModel) -> int:
    """Makes SAME padding of convolutions an operator of its own.

    For runtimes whose fast kernels take only VALID convolutions.

    Args:
        model: The model; it is changed.

    Returns:
        How many convolutions changed.

    Example:

    ```python
    changes = unfold_padding(model)
    ```
    """
    return sum(unfold_in(subgraph) for subgraph in model.subgraphs)


def fold_in(subgraph: Subgraph) -> int:
    """Folds what it can of one subgraph; returns how many."""
    wiring = Wiring(subgraph)
    count = 0
    for operator in subgraph.operators:
        if operator.name not in WINDOWS or operator.options.padding != VALID:
            continue
        pad = wiring.producer(operator.inputs[0])
        if pad is None or pad.name != "PAD" or pad.inputs[0] is None:
            continue
        source = pad.inputs[0]
        widths = numbers_of(pad.inputs[1])
        if widths is None or not source.counts_like(pad.outputs[0]):
            continue
        if pad.is_custom or operator.is_custom or has_open_size(source):
            continue
        wanted = same_widths(operator, source)
        places = same_places(operator, source)
        if widths == wanted and places == operator.outputs[0].shape[1:3]:
            operator.inputs[0] = source
            operator.options.padding = SAME
            count += 1
    return count


def unfold_in(subgraph: Subgraph) -> int:
    """Unfolds what it can of one subgraph; returns how many."""
    count = 0
    for position, operator in reversed(list(enumerate(subgraph.operators))):
        if operator.name not in WINDOWS or operator.options.padding != SAME:
            continue
        source = operator.inputs[0]
        if source is None or source.shape_signature is not None:
            continue
        widths = same_widths(operator, source)
        operator.options.padding = VALID
        count += 1
        if not any(widths):
            continue
        pairs = np.reshape(widths, (-1, 2))
        shape = tuple(
            int(x) for x in np.array(source.shape) + pairs.sum(axis=1)
        )
        table = constant_numbers(
            f"{source.name}/paddings", pairs.tolist(), np.int32
        )
        padded = replace(
            source, name=f"{source.name}/padded", shape=shape, data=None
        )
        subgraph.tensors += [table, padded]
        subgraph.operators.insert(position, pad_of(source, table, padded))
        operator.inputs[0] = padded
    return count


def has_open_size(tensor: Tensor) -> bool:
    """Whether a size other than that of the batch may change."""
    return tensor.shape_signature is not None and (
        -1 in tensor.shape_signature[1:]
    )


def pad_of(source: Tensor, table: Tensor, padded: Tensor) -> Operator:
    """The operator that pads with zeros."""
    return Operator(
        name="PAD",
        inputs=[source, table],
        outputs=[padded],
        version=1 if source.dtype == "FLOAT32" else 2,
        options_type=schema.BuiltinOptions.PadOptions,
        options=schema.PadOptionsT(),
    )


def same_places(operator: Operator, source: Tensor) -> tuple[int, ...]:
    """Height and width that SAME padding gives the output."""
    strides = operator.options.strideH, operator.options.strideW
    return tuple(
        -(-size // stride)
        for size, stride in zip(source.shape[1:3], strides, strict=True)
    )


def same_widths(operator: Operator, source: Tensor) -> Sequence[int]:
    """What SAME padding adds before and after each axis, as one list."""
    options, weights = operator.options, operator.inputs[1]
    if weights is None or len(source.shape) != IMAGE_RANK:
        return []
    widths = [0, 0]
    for axis, name in ((1, "H"), (2, "W")):
        stride = getattr(options, f"stride{name}")
        dilation = getattr(options, f"dilation{name}Factor")
        reach = (weights.shape[axis] - 1) * dilation + 1
        size = source.shape[axis]
        total = max((-(-size // stride) - 1) * stride + reach - size, 0)
        widths += [total // 2, total - total // 2]
    return [*widths, 0, 0]
