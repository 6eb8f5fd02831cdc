"""What the numbers of a layer that stays an object of its class fix."""

from collections.abc import Sequence

import keras
import numpy as np

from tfprune.graph.binding import Binding
from tfprune.graph.channels import Channels, ChannelTensor, Ids, Shape
from tfprune.graph.keras_graph import Arguments, Call, Keywords
from tfprune.graph.output_shapes import told_shapes
from tfprune.graph.step import BoundAxis


def freeze_literals(
    channels: Channels, binding: Binding, axes: Sequence[BoundAxis]
) -> None:
    """Freezes what numbers and arrays in a user's `call` fix."""
    for axis in axes:
        if not isinstance(axis.variable, keras.Variable):
            channels.freeze(axis.ids, "takes a constant array")
    for ids in binding.alike[1:]:
        channels.tie(binding.alike[0], ids)
    if binding.alike:
        return
    counted: list[Ids] = []
    if binding.rewriting is not None:
        counted += binding.rewriting.ids + binding.rewriting.indexed
    for size in binding.sizes.values():
        parts = size if isinstance(size, tuple) else (size,)
        counted += [x for x in parts if isinstance(x, np.ndarray)]
    for ids in counted:
        channels.freeze(
            ids,
            "is counted by a number in its `call`",
            "read the size from a tensor's shape, or flatten",
        )


def freeze_told_sizes(
    channels: Channels,
    call: Call,
    args: Arguments,
    kwargs: Keywords,
    outputs: Sequence[ChannelTensor],
) -> None:
    """Freezes outputs whose size a layer tells by a number of its own."""

    def narrowed(tensor: ChannelTensor) -> Shape:
        return tuple(
            size - 1 if size and count > 1 else size
            for size, count in zip(
                tensor.full_shape, tensor.full_ids.shape, strict=True
            )
        )

    try:
        shapes = told_shapes(call, args, kwargs, narrowed)
    except Exception:
        # It computes with sizes that do not fit: they are its own.
        shapes = [x.full_shape for x in outputs]
    for tensor, shape in zip(outputs, shapes, strict=True):
        counts = tensor.full_ids.shape
        sizes = zip(counts, shape, tensor.full_shape, strict=True)
        if any(n > 1 and told == size for n, told, size in sizes):
            channels.freeze(
                tensor.full_ids,
                "its compute_output_shape() gives a fixed size",
                "read the size from the input's shape, or flatten",
            )
