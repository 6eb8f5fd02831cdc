"""Quantizers, and layers that quantize their inputs and kernels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from tfprune import quantizers
from tfprune.graph.binding import (
    Binding,
    Constants,
    Flow,
    Substitute,
    UncoveredError,
    WeightAxis,
    Weights,
)
from tfprune.graph.channels import Channels, ChannelTensor, Ids, Mask
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
from tfprune.graph.handlers.recurrent import recurrent
from tfprune.graph.handlers.registry import handles
from tfprune.graph.inputs import Inputs
from tfprune.layers import (
    InputScale,
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
def quantizer(
    layer: Quantizer, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x = inputs[0]
    check_each_by_itself(layer)
    axes, fixed = weights_of(layer, "", channels.along(x, -1))
    return Binding(
        output=x.ids, axes=axes, fixed=fixed, constants=mapped(layer)
    )


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


@dataclass(frozen=True, eq=False)
class Kernel:
    """A kernel that is quantized.

    Attributes:
        name: Attribute of the layer that leads to it.
        attribute: Attribute that holds its quantizer.
        quantizer: The quantizer.
        inputs: Ids along the last axis but one, as the quantizer gets it;
            none where that axis carries no channels.
        filters: Ids along the last axis.
    """

    name: str
    attribute: str
    quantizer: Quantizer
    inputs: Ids
    filters: Ids

    @classmethod
    def of(
        cls, layer: Any, name: str, attribute: str, binding: Binding
    ) -> "Iterator[Kernel]":
        """The kernel of a name, if the layer quantizes it."""
        found = getattr(layer, attribute)
        if found is None:
            return
        rank = len(operator(layer, name).shape)
        ids = {x.axis % rank: x.ids for x in binding.axes if x.weight == name}
        first, last = ids.get(rank - 2), ids.get(rank - 1)
        nothing = np.zeros(0, np.int64)
        if last is None:
            # Each channel has filters of its own.
            first, last = None, np.repeat(ids[rank - 2], layer.depth_multiplier)
        elif isinstance(layer, QuantConv2DTranspose):
            first, last = last, ids[rank - 2]
        inputs = nothing if first is None else first
        yield cls(name, attribute, found, inputs, last)

    @property
    def whole(self) -> bool:
        """Whether removing channels changes more than a slice."""
        statistics = self.quantizer.statistics != "none"
        return statistics or not self.quantizer.keeps_zero

    def part(self, kept: Mask) -> Quantizer:
        """The quantizer of the kept part, at the full size.

        Args:
            kept: For the input channels and then for the filters whether they
                are kept.
        """
        count = len(self.inputs)
        return SubsetQuantizer(
            self.quantizer,
            kept[:count].tolist() if count else None,
            kept[count:].tolist(),
        )


def operator(layer: Any, name: str) -> Any:
    """The variable that a dotted name leads to."""
    for part in name.split("."):
        layer = getattr(layer, part)
    return layer


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


def check_part(kernel: Kernel) -> None:
    """Refuses a quantizer whose kept part cannot be told.

    Raises:
        UncoveredError: With the reason.
    """
    if isinstance(kernel.quantizer, SubsetQuantizer):
        raise UncoveredError("stands for a layer that lost channels")
    if kernel.whole and kernel.quantizer.weights:
        raise UncoveredError(
            f"its {type(kernel.quantizer).__name__} has weights and does not "
            "keep zeros, or takes statistics"
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
        multiplied = {
            kernel.name: as_multiplied(layer, kernel, weights[kernel.name])
            for kernel in kernels
        }
        return beneath([x], {**weights, **multiplied})

    return through


def as_multiplied(layer: Any, kernel: Kernel, values: Any) -> Any:
    """A kernel, given as it is stored, as the layer multiplies by it."""
    factor = layer.kernel_rates.of(kernel.name)
    latent = keras.ops.convert_to_tensor((factor * values).astype("float32"))
    quantized = kernel.quantizer(layer.filters_last(kernel.name, latent))
    back = layer.filters_back(quantized, tuple(values.shape))
    return np.asarray(keras.ops.convert_to_numpy(back), "float64")


def substitute(
    layer: Any, kernels: Sequence[Kernel], scaled: Ids | None = None
) -> Substitute | None:
    """The layer that quantizes without the dropped channels.

    Args:
        layer: The layer.
        kernels: Its quantized kernels.
        scaled: Ids of the input channels, if their magnitudes are counted.
    """
    whole = [x for x in kernels if x.whole]
    parts = [np.concatenate([x.inputs, x.filters]) for x in whole]
    if scaled is not None:
        parts.append(scaled)
    if not parts:
        return None
    ends = np.cumsum([len(x) for x in parts])[:-1]

    def make(kept: Mask) -> Any:
        pieces = np.split(kept, ends)
        config = dict(layer.get_config())
        for kernel, piece in zip(whole, pieces, strict=False):
            config[kernel.attribute] = keras.saving.serialize_keras_object(
                kernel.part(piece)
            )
        if scaled is not None:
            config["input_scale"] = InputScale(pieces[-1].tolist())
        return type(layer).from_config(config)

    return Substitute(np.concatenate(parts), make)
