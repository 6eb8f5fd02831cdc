"""Quantizers, and layers that quantize their inputs and kernels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from tfprune import quantizers
from tfprune.graph.binding import (
    Binding,
    Constants,
    Flow,
    UncoveredError,
    WeightAxis,
    Weights,
)
from tfprune.graph.channels import CONSTANT, Channels, ChannelTensor, Ids
from tfprune.graph.handlers.axes import channel_axis
from tfprune.graph.handlers.constants import apply, mapped
from tfprune.graph.handlers.convolution import (
    convolution,
    convolution_transpose,
)
from tfprune.graph.handlers.dense import dense
from tfprune.graph.handlers.depthwise import (
    depthwise_convolution,
    separable_convolution,
)
from tfprune.graph.handlers.quantized_kernel import (
    Kernel,
    as_added,
    as_multiplied,
    check_part,
    substitute,
)
from tfprune.graph.handlers.recurrent import recurrent
from tfprune.graph.handlers.registry import handles
from tfprune.graph.inputs import Inputs
from tfprune.layers import (
    QuantConv1D,
    QuantConv2D,
    QuantConv2DTranspose,
    QuantConv3D,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantGRU,
    QuantLSTM,
    QuantSeparableConv2D,
    QuantSimpleRNN,
)
from tfprune.quantizers import FakeQuant, Quantizer, SubsetQuantizer

FEED_FORWARD: Mapping[type, Any] = {
    QuantDense: dense,
    QuantConv1D: convolution,
    QuantConv2D: convolution,
    QuantConv3D: convolution,
    QuantConv2DTranspose: convolution_transpose,
    QuantDepthwiseConv2D: depthwise_convolution,
    QuantSeparableConv2D: separable_convolution,
}
"""What declares the channels of the Keras layer beneath."""

BUILT_IN = [
    kind
    for kind in map(vars(quantizers).get, quantizers.__all__)
    if isinstance(kind, type)
    and issubclass(kind, Quantizer)
    and kind not in (Quantizer, FakeQuant, SubsetQuantizer)
]


@handles(
    Quantizer,
    free=(
        "precision",
        "integers",
        "scale",
        "surrogate",
        "statistics",
        "keeps_zero",
    ),
)
@handles(FakeQuant, free=("range_of", "stored_range", "range_weights"))
@handles(*BUILT_IN)
def quantizer(layer: Quantizer, inputs: Inputs, channels: Channels) -> Binding:
    x = inputs[0]
    check_each_by_itself(layer)
    axes, fixed = weights_of(layer, "", channels.along(x, -1))
    if inputs.arguments.get("scale_only", False):
        if axes:
            raise UncoveredError("its scales of channels are read")
        # The scale is the layer's: no channel of the input matters to it.
        return Binding(
            output=np.full((), CONSTANT),
            fixed=fixed,
            constants=scale_of(layer),
            needed=(x.ids,),
            idle=lambda constants, weights: [np.ones(x.ids.shape, bool)],
        )
    return Binding(
        output=x.ids, axes=axes, fixed=fixed, constants=mapped(layer)
    )


def scale_of(layer: Any) -> Flow:
    """Flow of the scale of a range, which no input changes."""

    def flow(inputs: Sequence[Constants], weights: Weights) -> Constants:
        scale = keras.ops.convert_to_numpy(layer.shown_scale())
        return Constants(np.ones((), bool), np.asarray(scale, "float64"))

    return flow


@handles(*FEED_FORWARD)
def quantized_layer(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    kind = next(x for x in type(layer).__mro__ if x in FEED_FORWARD)
    binding = FEED_FORWARD[kind](layer, inputs, channels)
    axis = channel_axis(layer) if hasattr(layer, "data_format") else -1
    sources = channels.along(inputs[0], axis)
    kernels: list[Kernel] = []
    for name, attribute in layer.kernel_quantizers.items():
        kernels += Kernel.of(layer, name, attribute, binding)
    between = [getattr(layer, "intermediate_quantizer", None)]
    scale = getattr(layer, "input_scale", None)
    if scale is not None and scale.kept is not None:
        raise UncoveredError("stands for a layer that lost channels")
    binding = quantized(layer, binding, kernels, between, sources)
    if scale is not None:
        binding = replace(
            binding,
            needed=(*binding.needed, sources),
            substitute=substitute(layer, kernels, sources),
        )
    return binding


@handles(QuantSimpleRNN, QuantLSTM, QuantGRU)
def quantized_recurrent(
    layer: Any, inputs: Inputs, channels: Channels
) -> Binding:
    binding = recurrent(layer, inputs, channels)
    sources = channels.along(inputs[0], -1)
    kernels = [
        *Kernel.of(layer, "cell.kernel", "kernel_quantizer", binding),
        *Kernel.of(
            layer, "cell.recurrent_kernel", "recurrent_quantizer", binding
        ),
    ]
    return quantized(layer, binding, kernels, [], sources)


def quantized(
    layer: Any,
    binding: Binding,
    kernels: Sequence[Kernel],
    between: Sequence[Quantizer | None],
    sources: Ids,
) -> Binding:
    """Adds to what a layer declares what its quantizers change.

    A scale over several weights is that of the channels that stay, in the
    smaller layer as in the masked one, whose kernel is quantized without the
    others. No channel is dead that such a scale counts, or that a sign makes
    something of.

    Args:
        layer: The layer.
        binding: What the Keras layer beneath declares.
        kernels: Its quantized kernels.
        between: Quantizers of what it computes on the way.
        sources: Ids of its input channels.
    """
    entering = layer.input_quantizer
    axes: list[WeightAxis] = []
    fixed: list[str] = []
    needed: list[Ids] = []
    for found in (entering, *between):
        if found is not None:
            check_each_by_itself(found)
            if found.per_filter_weights():
                raise UncoveredError(
                    f"its {type(found).__name__} of the inputs has a range for "
                    "each channel",
                    "use per_channel for kernels only",
                )
            if not found.keeps_zero:
                needed.append(sources)
    for name in ("input_quantizer", "intermediate_quantizer"):
        if getattr(layer, name, None) is not None:
            own, scalars = weights_of(getattr(layer, name), f"{name}.", sources)
            axes += own
            fixed += scalars
    for kernel in kernels:
        check_part(kernel)
        own, scalars = weights_of(
            kernel.quantizer, f"{kernel.attribute}.", kernel.filters
        )
        axes += own
        fixed += scalars
        if kernel.whole:
            needed.append(kernel.inputs)
        if kernel.quantizer.statistics == "layer":
            needed.append(kernel.filters)
    simple = not any(x.whole for x in kernels) and not any(between)
    return replace(
        binding,
        axes=(*binding.axes, *axes),
        fixed=(*binding.fixed, *fixed),
        needed=tuple(x for x in needed if len(x)),
        constants=flow(layer, binding, kernels) if simple else None,
        absorption=None,
        substitute=substitute(layer, kernels),
    )


def check_each_by_itself(found: Quantizer) -> None:
    """Refuses a quantizer of activations that looks at several of them.

    Raises:
        UncoveredError: With its class.
    """
    if isinstance(found, SubsetQuantizer):
        raise UncoveredError("stands for a quantizer that lost channels")
    if found.statistics != "none":
        raise UncoveredError(
            f"{type(found).__name__} takes statistics over all activations",
            "use it for kernels only",
        )


def weights_of(
    found: Quantizer, path: str, ids: Ids
) -> tuple[tuple[WeightAxis, ...], tuple[str, ...]]:
    """The weights of a quantizer that carry channels, and the others.

    Args:
        found: The quantizer.
        path: What leads to it from the layer, with a dot.
        ids: Ids along the axis that it has a number for each of.
    """
    own = {id(x) for x in found.weights}
    names = [name for name, x in vars(found).items() if id(x) in own]
    channels = found.per_filter_weights()
    return (
        tuple(WeightAxis(f"{path}{x}", 0, ids, "out") for x in channels),
        tuple(f"{path}{x}" for x in names if x not in channels),
    )


def flow(
    layer: Any, binding: Binding, kernels: Sequence[Kernel]
) -> Flow | None:
    """Constants through a layer whose quantizers leave zeros alone."""
    beneath = binding.constants
    if beneath is None:
        return None

    def through(inputs: Sequence[Constants], weights: Weights) -> Constants:
        x = inputs[0]
        if layer.input_quantizer is not None:
            x = apply(layer.input_quantizer, x)
        used = {
            kernel.name: as_multiplied(layer, kernel, weights[kernel.name])
            for kernel in kernels
        }
        scale = inputs[1] if len(inputs) > 1 else None
        if "bias" in weights:
            known = None if scale is None else float(scale.values)
            used["bias"] = as_added(layer, weights["bias"], known)
        result = beneath([x], {**weights, **used})
        if scale is not None and not scale.known:
            # Nothing is known of what the bias is rounded to.
            return Constants.unknown(result.known.shape)
        return result

    return through
