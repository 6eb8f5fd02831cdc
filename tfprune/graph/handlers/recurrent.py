"""Recurrent layers, in one direction and in two."""

from dataclasses import replace
from typing import Any

import numpy as np
from keras import layers, tree

from tfprune.graph.binding import Binding, Size, UncoveredError, WeightAxis
from tfprune.graph.channels import Channels, ChannelTensor, Ids
from tfprune.graph.handlers.recurrence import Recurrence, recurrence
from tfprune.graph.handlers.registry import find_handler, handles
from tfprune.graph.inputs import Inputs


@handles(
    layers.LSTM,
    layers.GRU,
    layers.SimpleRNN,
    layers.RNN,
    layers.ConvLSTM1D,
    layers.ConvLSTM2D,
    layers.ConvLSTM3D,
)
def recurrent(layer: Any, inputs: Inputs, channels: Channels) -> Binding:
    loop = recurrence(layer, inputs[0], channels)
    initial = initial_states(inputs)
    if initial:
        loop.start(initial, channels)
    freeze_mask(inputs, channels)
    states = loop.returned if layer.return_state else ()
    return Binding(
        output=(loop.output, *states),
        axes=loop.axes,
        sizes=loop.sizes,
        macs=loop.macs,
    )


def initial_states(inputs: Inputs) -> list[Any]:
    """The states that a recurrent layer is told to start from."""
    passed = tree.flatten(inputs.arguments.get("initial_state"))
    return [x for x in passed if x is not None]


def freeze_mask(inputs: Inputs, channels: Channels) -> None:
    """Freezes channels along the time steps that a mask chooses."""
    mask = inputs.arguments.get("mask")
    if isinstance(mask, ChannelTensor):
        channels.freeze(mask.full_ids, "choose the time steps of a recurrence")


@handles(layers.Bidirectional)
def bidirectional(
    layer: layers.Bidirectional, inputs: Inputs, channels: Channels
) -> Binding:
    parts = (layer.forward_layer, layer.backward_layer)
    for part in parts:
        if find_handler(part) is not recurrent:
            raise UncoveredError(
                f"wraps {type(part).__name__}, which is no layer of Keras"
            )
    ahead = recurrence(parts[0], inputs[0], channels, "forward")
    back = recurrence(parts[1], inputs[0], channels, "backward")
    pairs = [(ahead.output, back.output)]
    if layer.return_state:
        pairs += zip(ahead.states, back.states, strict=False)
    for one, other in pairs:
        if one.shape != other.shape:
            raise UncoveredError("its directions are of different widths")
        # Keras takes the shapes of both directions to be those of the first.
        channels.tie(one, other)
    initial = initial_states(inputs)
    if initial:
        half = len(initial) // 2
        ahead.start(initial[:half], channels)
        back.start(initial[half:], channels)
    freeze_mask(inputs, channels)
    states = (*ahead.returned, *back.returned) if layer.return_state else ()
    return Binding(
        output=(*both(layer.merge_mode, ahead, back), *states),
        axes=(*placed(ahead, "forward_layer"), *placed(back, "backward_layer")),
        sizes={**entries(ahead, "layer"), **entries(back, "backward_layer")},
        macs={
            **{f"forward_layer.{k}": v for k, v in ahead.macs.items()},
            **{f"backward_layer.{k}": v for k, v in back.macs.items()},
        },
    )


def both(
    mode: str | None, ahead: Recurrence, back: Recurrence
) -> tuple[Ids, ...]:
    """The ids of what two directions give together."""
    if mode is None:
        return ahead.output, back.output
    # Keras joins along the last axis, wherever the channels lie.
    if mode == "concat" and ahead.axis == -1:
        return (np.concatenate([ahead.output, back.output], axis=-1),)
    return (ahead.output,)


def placed(loop: Recurrence, name: str) -> list[WeightAxis]:
    """The axes of a direction as axes of the layer that holds it."""
    return [replace(x, weight=f"{name}.{x.weight}") for x in loop.axes]


def entries(loop: Recurrence, name: str) -> dict[str, Size]:
    """The config entries of a direction within those of both."""
    return {f"{name}.config.{k}": size for k, size in loop.sizes.items()}
