"""Preprocessing of images."""

from collections.abc import Sequence
from typing import Any

from keras import layers

from tfprune.graph.binding import Binding, UncoveredError
from tfprune.graph.channels import Channels, ChannelTensor
from tfprune.graph.handlers.axes import channel_axis, on_axis
from tfprune.graph.handlers.constants import same
from tfprune.graph.handlers.registry import handles


@handles(layers.Resizing, layers.CenterCrop)
def resizing(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x, axis = inputs[0], channel_axis(layer)
    if x.rank != 3:
        raise UncoveredError("takes the batch for one image")
    ids = channels.along(x, axis)
    filled = getattr(layer, "pad_to_aspect_ratio", False)
    return Binding(
        output=on_axis(ids, axis, x.rank), constants=None if filled else same
    )


@handles(
    layers.RandomBrightness,
    layers.RandomContrast,
    layers.RandomElasticTransform,
    layers.RandomErasing,
    layers.RandomFlip,
    layers.RandomGaussianBlur,
    layers.RandomInvert,
    layers.RandomPerspective,
    layers.RandomPosterization,
    layers.RandomRotation,
    layers.RandomSharpness,
    layers.RandomShear,
    layers.RandomTranslation,
    layers.RandomZoom,
)
def augmentation(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    # In training, too, each channel is treated alike.
    return Binding(output=inputs[0].ids, constants=same)


@handles(
    layers.AugMix,
    layers.RandAugment,
    layers.RandomColorDegeneration,
    layers.RandomColorJitter,
    layers.RandomGrayscale,
    layers.RandomHue,
    layers.RandomSaturation,
)
def augmentation_of_colors(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    channels.freeze(inputs[0].ids, "takes them for the colors of an image")
    return Binding(output=inputs[0].ids, constants=same)
