"""Attention without projections of its own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from keras import layers

from tfprune.graph.binding import Binding, UncoveredError, WeightAxis
from tfprune.graph.channels import CONSTANT, Channels, ChannelTensor, Ids
from tfprune.graph.handlers.contraction import Contracted, contract, laid
from tfprune.graph.handlers.equation import expanded, parsed
from tfprune.graph.handlers.masked_inputs import (
    Summed,
    idle_products,
    layer_of,
    substitute,
)
from tfprune.graph.handlers.registry import handles
from tfprune.graph.inputs import Inputs
from tfprune.layers import SubsetAdditiveAttention, SubsetAttention

# t: queries, s: keys, c: width, v: channels of the values, h: heads.
PLAIN = "...tc,...sv,...sc->...tv"
HEADED = "bthc,bshv,bshc->bthv"


@handles(layers.Attention)
def attention(
    layer: layers.Attention, inputs: Inputs, channels: Channels
) -> Binding:
    found = attended(inputs.arguments["inputs"], inputs, channels)
    summed = scored(found, inputs)
    dots = layer.score_mode == "dot" and width(found)
    make = layer_of(SubsetAttention)
    return Binding(
        output=with_scores(found, inputs),
        products=scored_and_combined(found),
        fixed=("scale", "concat_score_weight"),
        needed=width(found),
        idle=idle_products(summed) if dots else None,
        substitute=substitute(layer, summed, channels, make),
    )


@handles(layers.AdditiveAttention)
def additive_attention(
    layer: layers.AdditiveAttention, inputs: Inputs, channels: Channels
) -> Binding:
    found = attended(inputs.arguments["inputs"], inputs, channels)
    output = with_scores(found, inputs)
    products = scored_and_combined(found)
    if layer.scale is None:
        make = layer_of(SubsetAdditiveAttention)
        masked = substitute(layer, scored(found, inputs), channels, make)
        return Binding(
            output,
            products=products,
            needed=width(found),
            substitute=masked,
        )
    ids = found.along.get("c", np.full(layer.scale.shape, CONSTANT))
    axes = (WeightAxis("scale", 0, ids, "in"),)
    return Binding(output, axes=axes, products=products)


def attended(
    given: Sequence[Any], inputs: Inputs, channels: Channels
) -> Contracted:
    """Ids of attention over a query, a value and, perhaps, a key.

    Raises:
        UncoveredError: When one of them is an array.
    """
    if not all(isinstance(x, ChannelTensor) for x in given):
        raise UncoveredError("is called on a constant array")
    for mask in inputs.arguments.get("mask") or ():
        if isinstance(mask, ChannelTensor):
            channels.freeze(mask.full_ids, "is used as a mask")
    query, value, key = (*given, given[1])[:3]
    equation = parsed(PLAIN, [len(x.full_shape) for x in (query, value, key)])
    return softened(contract(equation, (query, value, key), channels), channels)


def softened(found: Contracted, channels: Channels) -> Contracted:
    """Freezes channels that lie along the keys: softmax goes over those."""
    along = dict(found.along)
    if "s" in along:
        channels.freeze(along.pop("s"), "softmax mixes channels")
    return replace(found, along=along)


def width(found: Contracted) -> tuple[Ids, ...]:
    """The channels that scores sum over."""
    return (found.along["c"],) if "c" in found.along else ()


def scored_and_combined(
    found: Contracted,
) -> tuple[tuple[int | Ids, ...], ...]:
    """The products of queries and keys, and of scores and values."""
    scores = (size for label, size in found.sizes.items() if label != "v")
    output = (size for label, size in found.sizes.items() if label != "c")
    return tuple(scores), tuple(output)


def scored(found: Contracted, inputs: Inputs) -> tuple[Summed, ...]:
    """The axes that scores sum over: the last of the query and of the key."""
    given = inputs.arguments["inputs"]
    ids = found.unread["c"]
    return tuple(
        Summed(position, len(given[position].full_shape) - 1, ids)
        for position in (0, len(given) - 1)
    )


def with_scores(found: Contracted, inputs: Inputs) -> Ids | tuple[Ids, ...]:
    """The ids of the output, and those of the scores if they are asked for."""
    if not inputs.arguments.get("return_attention_scores"):
        return found.output
    rank = len(inputs.output_shapes[1])
    return found.output, laid(expanded("...ts", rank), found.along)


@handles("DotProductAttention")
def dot_product_attention(
    operation: Any, inputs: Inputs, channels: Channels
) -> Binding:
    query, key, value = (
        inputs.arguments[name] for name in ("query", "key", "value")
    )
    heads, shared = query.full_shape[2], key.full_shape[2]
    if not heads or not shared:
        raise UncoveredError("has an unknown number of heads")
    spread = [query, *(repeated(x, heads // shared) for x in (value, key))]
    found = softened(
        contract(parsed(HEADED, (4, 4, 4)), spread, channels), channels
    )
    if heads > shared and "h" in found.along:
        channels.freeze(
            found.along["h"],
            "TensorFlow cannot share a single key head that is left",
            "repeat the key heads with keras.ops.repeat",
        )
    for name in ("mask", "bias"):
        added = inputs.arguments.get(name)
        if isinstance(added, ChannelTensor):
            channels.freeze(added.full_ids, f"is used as {name}")
            shape = (1,) * (4 - len(added.full_shape)) + added.full_shape
            if shape[1] != 1 and "h" in found.along:
                channels.freeze(found.along["h"], f"its {name} has heads")
        elif added is not None:
            raise UncoveredError(f"its {name} is a list of numbers")
    tie_widths(found, channels)
    if inputs.arguments.get("scale") is None:
        for ids in width(found):
            channels.freeze(
                ids,
                "divides its scores by the root of their width",
                "pass scale, which then stays",
            )
    ids = found.unread["c"]
    factors = [Summed(0, 3, ids), Summed(1, 3, ids)]
    return Binding(
        output=found.output,
        products=scored_and_combined(found),
        needed=width(found),
        idle=idle_products(factors) if width(found) else None,
        substitute=substitute(operation, factors, channels),
    )


def repeated(x: ChannelTensor, times: int) -> ChannelTensor:
    """A key or a value of which several queries read each head."""
    shape = list(x.full_shape)
    if shape[2] != 1:
        shape[2] = (shape[2] or 1) * times
    ids = x.full_ids
    if ids.shape[2] > 1:
        ids = np.repeat(ids, times, axis=2)
    return ChannelTensor(ids, tuple(shape))


def tie_widths(found: Contracted, channels: Channels) -> None:
    """Ties all widths, because Keras takes the output's for the query's."""
    both = [found.along[x] for x in ("c", "v") if x in found.along]
    if len(both) == 2:
        channels.tie(*both)
    else:
        for ids in both:
            channels.freeze(ids, "has values of another width than queries")
