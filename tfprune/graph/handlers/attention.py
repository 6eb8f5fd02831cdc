"""Attention: heads, widths inside of heads, and the channels around."""

import math
from typing import Any

import keras
import numpy as np
from keras import layers

from tfprune.graph.binding import (
    Binding,
    Constants,
    Flow,
    Idle,
    Rescaling,
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
from tfprune.graph.handlers.axes import on_axis, positions
from tfprune.graph.handlers.constants import on, unfed
from tfprune.graph.handlers.registry import handles
from tfprune.graph.inputs import Inputs

MASKS = ("query_mask", "value_mask", "key_mask", "attention_mask")


def tensor(inputs: Inputs, name: str) -> ChannelTensor:
    """An argument that must be an activation."""
    found = inputs.arguments[name]
    if not isinstance(found, ChannelTensor):
        raise UncoveredError(f"its {name} is a constant array")
    return found


def freeze_masks(inputs: Inputs, channels: Channels) -> None:
    """Freezes the channels of masks, whose places are not channels."""
    for name in MASKS:
        mask = inputs.arguments.get(name)
        if isinstance(mask, ChannelTensor):
            channels.freeze(mask.full_ids, f"is used as {name}")


def freeze_masked_heads(
    inputs: Inputs, rank: int, axis: int, heads: Ids, channels: Channels
) -> None:
    """Freezes heads that have a mask each.

    Args:
        inputs: The layer's inputs.
        rank: Number of axes of the scores, the batch included.
        axis: The axis of the heads among them.
        heads: The heads.
        channels: The ids' owner.
    """
    mask = inputs.arguments.get("attention_mask")
    if mask is None:
        return
    shape = getattr(mask, "full_shape", None) or tuple(np.shape(mask))
    if len(shape) == rank and shape[axis] != 1:
        channels.freeze(heads, "its attention_mask has a mask for each head")


def projection(
    name: str, sources: Ids, heads: Ids, width: Ids
) -> tuple[WeightAxis, ...]:
    """The axes of a dense layer from channels to heads."""
    return (
        WeightAxis(f"{name}.kernel", 0, sources, "in"),
        WeightAxis(f"{name}.kernel", 1, heads, "out"),
        WeightAxis(f"{name}.kernel", 2, width, "out"),
        WeightAxis(f"{name}.bias", 0, heads, "out"),
        WeightAxis(f"{name}.bias", 1, width, "out"),
    )


def combination(
    name: str, heads: Ids, width: Ids, units: tuple[Ids, ...]
) -> tuple[WeightAxis, ...]:
    """The axes of a dense layer from heads to units along several axes."""
    return (
        WeightAxis(f"{name}.kernel", 0, heads, "in"),
        WeightAxis(f"{name}.kernel", 1, width, "in"),
        *(
            WeightAxis(f"{name}.kernel", 2 + axis, ids, "out")
            for axis, ids in enumerate(units)
        ),
        *(
            WeightAxis(f"{name}.bias", axis, ids, "out")
            for axis, ids in enumerate(units)
        ),
    )


def scaled(name: str, width: Ids) -> tuple[Rescaling, ...]:
    """Keeps the scores, which are divided by the root of the width."""
    return (
        Rescaling(f"{name}.kernel", width, 0.5),
        Rescaling(f"{name}.bias", width, 0.5),
    )


def idle_widths(*names: str) -> Idle:
    """Scores are without what one of some layers sets to zero.

    Args:
        names: The layers that make the factors of a product.
    """

    def idle(inputs: Any, weights: Weights) -> list[Mask]:
        zero = []
        for name in names:
            made = weights[f"{name}.kernel"].any(axis=(0, 1))
            if f"{name}.bias" in weights:
                made = made | weights[f"{name}.bias"].any(axis=0)
            zero.append(np.logical_not(made))
        return [np.any(zero, axis=0)]

    return idle


def tie_for_jax(keys: Ids, values: Ids, channels: Channels) -> None:
    """Keeps keys as wide as values where the backend demands it.

    Keras computes attention without dropout by a function of JAX that takes
    heads of one width only.
    """
    if keras.config.backend() == "jax":
        channels.tie(keys, values)


def constant_units(name: str, rank: int) -> Flow:
    """Units of the last layer without weights emit their bias.

    Args:
        name: The last layer.
        rank: Number of axes of the output without the batch.
    """

    def flow(inputs: Any, weights: Weights) -> Constants:
        kernel = weights[f"{name}.kernel"]
        bias = weights.get(f"{name}.bias")
        return on(unfed(kernel, -1, bias, -1), -1, rank)

    return flow


@handles(layers.MultiHeadAttention)
def multi_head_attention(
    layer: layers.MultiHeadAttention, inputs: Inputs, channels: Channels
) -> Binding:
    query, value = tensor(inputs, "query"), tensor(inputs, "value")
    given = inputs.arguments.get("key") is not None
    key = tensor(inputs, "key") if given else value
    heads = channels.new(layer.num_heads, "heads")
    width = channels.new(layer.key_dim, "key_dim")
    values = channels.new(layer.value_dim, "value_dim")
    if layer.key_dim == layer.value_dim and not layer.dropout:
        tie_for_jax(width, values, channels)
    *fixed, count = layer.output_dense.kernel.shape[2:]
    units = channels.new(count)
    attended = len(layer.attention_axes)
    freeze_masks(inputs, channels)
    freeze_masked_heads(
        inputs,
        rank=len(query.full_shape) + attended,
        axis=-2 * attended - 1,
        heads=heads,
        channels=channels,
    )
    sources = channels.along(query, -1)
    output: Ids | tuple[Ids, ...] = units
    if inputs.arguments.get("return_attention_scores"):
        if query.rank != 2:
            raise UncoveredError("Keras does not know the shape of its scores")
        output = (units, on_axis(heads, 0, 3))
    queried, attended_to = positions(query.shape, -1), positions(key.shape, -1)
    # Each query sees the keys along the axes of attention.
    seen = math.prod(key.full_shape[x] or 1 for x in layer.attention_axes)
    return Binding(
        output=output,
        axes=(
            *projection("query_dense", sources, heads, width),
            *projection("key_dense", channels.along(key, -1), heads, width),
            *projection(
                "value_dense", channels.along(value, -1), heads, values
            ),
            *projection("_gate_dense", sources, heads, values),
            *combination(
                "output_dense",
                heads,
                values,
                (*(np.full(size, CONSTANT) for size in fixed), units),
            ),
        ),
        sizes={
            "num_heads": heads,
            "key_dim": width,
            "value_dim": values,
            "output_shape": (*fixed, units),
        },
        macs={
            "query_dense.kernel": queried,
            "key_dense.kernel": attended_to,
            "value_dense.kernel": attended_to,
            "_gate_dense.kernel": queried,
            "output_dense.kernel": queried,
        },
        products=(
            (heads, width, queried, seen),
            (heads, values, queried, seen),
        ),
        constants=constant_units(
            "output_dense", len(inputs.output_shapes[0]) - 1
        ),
        needed=(width,),
        idle=idle_widths("query_dense", "key_dense"),
        rescalings=scaled("query_dense", width),
    )


@handles(layers.GroupQueryAttention)
def group_query_attention(
    layer: layers.GroupQueryAttention, inputs: Inputs, channels: Channels
) -> Binding:
    query, value = tensor(inputs, "query"), tensor(inputs, "value")
    given = inputs.arguments.get("key") is not None
    key = tensor(inputs, "key") if given else value
    width = channels.new(layer.head_dim, "head_dim")
    shared, heads = query_heads(layer, channels)
    freeze_masks(inputs, channels)
    freeze_masked_heads(inputs, 4, 1, heads, channels)
    # The output is as wide as the query, and Keras demands it of the value.
    sources = channels.along(query, -1)
    values = channels.along(value, -1)
    channels.tie(sources, values)
    output: Ids | tuple[Ids, ...] = sources
    if inputs.arguments.get("return_attention_scores"):
        output = (sources, on_axis(heads, 0, 3))
    queried, attended_to = positions(query.shape, -1), positions(key.shape, -1)
    return Binding(
        output=output,
        axes=(
            *projection("_query_dense", sources, heads, width),
            *projection("_key_dense", channels.along(key, -1), shared, width),
            *projection("_value_dense", values, shared, width),
            *projection("_gate_dense", sources, heads, width),
            *combination("_output_dense", heads, width, (sources,)),
        ),
        sizes={
            "head_dim": width,
            "num_query_heads": heads,
            **({"num_key_value_heads": shared} if shared[0] >= 0 else {}),
        },
        macs={
            "_query_dense.kernel": queried,
            "_key_dense.kernel": attended_to,
            "_value_dense.kernel": attended_to,
            "_gate_dense.kernel": queried,
            "_output_dense.kernel": queried,
        },
        products=((heads, width, queried, attended_to),) * 2,
        constants=constant_units("_output_dense", 2),
        needed=(width,),
        idle=idle_widths("_query_dense", "_key_dense"),
        rescalings=scaled("_query_dense", width),
    )


def query_heads(
    layer: layers.GroupQueryAttention, channels: Channels
) -> tuple[Ids, Ids]:
    """The ids of key heads and of query heads.

    A key head goes together with the query heads that read it. Where there is
    one key head only, that stays, and each query head goes by itself.
    """
    if layer.num_key_value_heads == 1:
        heads = channels.new(layer.num_query_heads, "heads")
        return np.full(1, CONSTANT), heads
    shared = channels.new(layer.num_key_value_heads, "heads")
    return shared, np.repeat(shared, layer.num_repeats)
