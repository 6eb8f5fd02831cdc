"""Normalizations by statistics of each example."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from keras import layers

from tfprune.graph.binding import (
    Binding,
    Constants,
    Flow,
    Substitute,
    UncoveredError,
    WeightAxis,
    Weights,
)
from tfprune.graph.channels import (
    CONSTANT,
    Channels,
    ChannelTensor,
    Ids,
    Mask,
)
from tfprune.graph.handlers.axes import without_batch
from tfprune.graph.handlers.constants import on, per_channel
from tfprune.graph.handlers.registry import handles
from tfprune.layers import (
    SubsetGroupNormalization,
    SubsetLayerNormalization,
    SubsetRMSNormalization,
    SubsetUnitNormalization,
)


@handles(layers.LayerNormalization)
def layer_normalization(
    layer: layers.LayerNormalization,
    inputs: Sequence[ChannelTensor],
    channels: Channels,
) -> Binding:
    axes = normalized_axes(layer, inputs[0])
    names = ("gamma", "beta")
    return normalized(
        layer, inputs[0], channels, axes, names, SubsetLayerNormalization
    )


@handles(layers.RMSNormalization)
def rms_normalization(
    layer: layers.RMSNormalization,
    inputs: Sequence[ChannelTensor],
    channels: Channels,
) -> Binding:
    x = inputs[0]
    axes = normalized_axes(layer, x)
    if axes != list(range(x.rank - len(axes), x.rank)):
        # Keras multiplies by `scale` along the last axes whatever it says.
        raise UncoveredError("normalizes axes that are not the last")
    return normalized(
        layer, x, channels, axes, ("scale",), SubsetRMSNormalization
    )


@handles(layers.UnitNormalization)
def unit_normalization(
    layer: layers.UnitNormalization,
    inputs: Sequence[ChannelTensor],
    channels: Channels,
) -> Binding:
    axes = normalized_axes(layer, inputs[0])
    return normalized(
        layer, inputs[0], channels, axes, (), SubsetUnitNormalization
    )


def normalized_axes(layer: Any, x: ChannelTensor) -> list[int]:
    """The axes that a layer normalizes over, the batch not counted.

    Raises:
        UncoveredError: When they are not in the order of the weights' axes.
    """
    named = layer.axis if isinstance(layer.axis, list) else [layer.axis]
    axes = [without_batch(axis, x.rank) for axis in named]
    if axes != sorted(set(axes)) or axes[0] < 0:
        raise UncoveredError(
            f"normalizes over the axes {named}",
            "name them in ascending order, without the batch",
        )
    return axes


def normalized(
    layer: Any,
    x: ChannelTensor,
    channels: Channels,
    axes: Sequence[int],
    names: tuple[str, ...],
    kind: Any,
) -> Binding:
    """Binds a normalization over some axes of each example.

    Args:
        layer: The layer.
        x: Its input.
        channels: Where the ids come from.
        axes: The normalized axes, the batch not counted.
        names: Its weights, whose axes are the normalized ones.
        kind: The layer that computes the same over some of the channels.
    """
    own = [axis for axis in axes if x.varies(axis)]
    for axis in axes:
        # What stands for the layer counts the same channels in every call.
        found = channels.along(x, axis) if axis in own else blank(x, axis)
        channels.repeat(found, str(axis))
    if not own:
        # Each channel has statistics of its own.
        return Binding(output=x.ids, fixed=names)
    ids = channels.along(x, own[0])
    return Binding(
        output=x.ids,
        axes=tuple(
            WeightAxis(name, axes.index(own[0]), ids, "out") for name in names
        ),
        needed=(ids,),
        substitute=subset(layer, kind, ids, own[0]),
    )


def blank(x: ChannelTensor, axis: int) -> Ids:
    """Ids of an axis along which a tensor has no channels."""
    return np.full(x.shape[axis] or 1, CONSTANT)


def subset(layer: Any, kind: Any, ids: Ids, axis: int) -> Substitute:
    """The layer that leaves dropped channels out of its statistics.

    Args:
        layer: The layer.
        kind: The class that stands for it.
        ids: The channels that it counts.
        axis: Where they lie, the batch not counted.
    """

    def make(kept: Mask) -> Any:
        config: Mapping[str, Any] = layer.get_config()
        return kind.from_config(
            {**config, "kept": kept.tolist(), "kept_axis": axis + 1}
        )

    return Substitute(ids, make)


@handles(layers.GroupNormalization)
def group_normalization(
    layer: layers.GroupNormalization,
    inputs: Sequence[ChannelTensor],
    channels: Channels,
) -> Binding:
    x = inputs[0]
    axis = without_batch(layer.axis, x.rank)
    ids = channels.along(x, axis)
    axes = tuple(WeightAxis(name, 0, ids, "out") for name in ("gamma", "beta"))
    if layer.groups == len(ids):
        return Binding(
            output=x.ids,
            axes=axes,
            sizes={"groups": ids},
            constants=instance_flow(axis, x.rank, len(ids)),
        )
    # What goes in one group goes in all, so that they stay equal.
    shared = ids.reshape(layer.groups, -1)
    channels.tie(shared, np.broadcast_to(shared[:1], shared.shape))
    channels.repeat(ids)
    return Binding(
        output=x.ids,
        axes=axes,
        needed=(ids,),
        substitute=subset(layer, SubsetGroupNormalization, ids, axis),
    )


def instance_flow(axis: int, rank: int, count: int) -> Flow:
    """Constants through a normalization of each channel by itself."""

    def flow(inputs: Sequence[Constants], weights: Weights) -> Constants:
        x = per_channel(inputs[0], axis, count)
        known = x.known
        if "gamma" in weights:
            known = known | (weights["gamma"] == 0)
        values = weights.get("beta", np.zeros(count))
        return on(Constants.where(known, values), axis, rank)

    return flow
