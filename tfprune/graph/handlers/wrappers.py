"""Layers that hand their input to one layer that they hold."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

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
from tfprune.graph.channels import Channels, ChannelTensor, Mask
from tfprune.graph.handlers.constants import of_every_step, of_one_step
from tfprune.graph.handlers.registry import find_handler, handles
from tfprune.graph.inputs import Inputs

PART = "layer"


@handles(layers.TimeDistributed)
def time_distributed(
    layer: layers.TimeDistributed, inputs: Inputs, channels: Channels
) -> Binding:
    x = inputs[0]
    if x.varies(0):
        raise UncoveredError("its channels lie along the time steps")
    step = ChannelTensor(x.full_ids[:, 0], (x.full_shape[0], *x.full_shape[2:]))
    mask = inputs.arguments.get("mask")
    if isinstance(mask, ChannelTensor):
        channels.freeze(mask.full_ids, "choose time steps")
    shapes = [(shape[0], *shape[2:]) for shape in inputs.output_shapes]
    binding = of_part(
        layer, inputs.of_part(layer.layer, step, shapes), channels
    )
    binding = binding.repeated(x.shape[0] or 1)
    return replace(binding, constants=at_each_step(binding.constants))


def at_each_step(part: Flow | None) -> Flow | None:
    """Flow of a layer that treats all time steps alike.

    Args:
        part: Flow of what it does with one.
    """
    if part is None:
        return None

    def flow(inputs: Sequence[Constants], weights: Weights) -> Constants:
        y = part([of_one_step(inputs, weights)], weights)
        return of_every_step([y], weights)

    return flow


@handles(layers.SpectralNormalization)
def spectral_normalization(
    layer: layers.SpectralNormalization, inputs: Inputs, channels: Channels
) -> Binding:
    part = inputs.of_part(layer.layer, inputs[0], inputs.output_shapes)
    binding = of_part(layer, part, channels)
    last = len(layer.kernel.shape) - 1
    ids = [
        x.ids
        for x in binding.axes
        if x.weight in (f"{PART}.kernel", f"{PART}.embeddings")
        and x.axis in (-1, last)
    ]
    if not ids:
        return replace(binding, fixed=(*binding.fixed, "vector_u"))
    vector = WeightAxis("vector_u", 1, ids[0], "out")
    return replace(binding, axes=(*binding.axes, vector))


def of_part(layer: Any, inputs: Inputs, channels: Channels) -> Binding:
    """Binds a layer through the handler of the one that it holds.

    Args:
        layer: The outer layer.
        inputs: What the inner layer is given.
        channels: The ids' owner, set to the outer layer.

    Raises:
        UncoveredError: When the inner layer has no handler.
    """
    part = layer.layer
    handler = find_handler(part)
    if handler is None:
        raise UncoveredError(
            f"wraps {type(part).__name__}, which has no handler",
            "register one with @tfprune.handles, or call the layer itself",
        )
    binding = handler(part, inputs, channels)
    if isinstance(binding.output, tuple) and len(binding.output) > 1:
        raise UncoveredError("wraps a layer of several outputs")
    return replace(
        binding,
        axes=tuple(
            replace(x, weight=f"{PART}.{x.weight}") for x in binding.axes
        ),
        sizes={f"{PART}.config.{k}": v for k, v in binding.sizes.items()},
        fixed=tuple(f"{PART}.{name}" for name in binding.fixed),
        macs={f"{PART}.{name}": count for name, count in binding.macs.items()},
        constants=with_weights_of_part(binding.constants),
        # A constant goes into the bias of a layer that the graph names.
        absorption=None,
        scaling=None,
        substitute=wrapped(layer, binding.substitute),
        rescalings=tuple(
            replace(x, weight=f"{PART}.{x.weight}") for x in binding.rescalings
        ),
    )


def with_weights_of_part(part: Flow | None) -> Flow | None:
    """Flow that knows the weights by the names of the inner layer."""
    if part is None:
        return None

    def flow(inputs: Sequence[Constants], weights: Weights) -> Constants:
        names = {k.removeprefix(f"{PART}."): v for k, v in weights.items()}
        return part(inputs, names)

    return flow


def wrapped(layer: Any, substitute: Substitute | None) -> Substitute | None:
    """What stands for a layer when something stands for its part."""
    if substitute is None:
        return None

    def make(kept: Mask) -> Any:
        config = {k: v for k, v in layer.get_config().items() if k != PART}
        return type(layer)(substitute.make(kept), **config)

    return Substitute(substitute.ids, make)
