"""Operations that move numbers and make no new ones."""

from dataclasses import replace
from typing import Any

from keras import layers

from tfprune.graph.moving_operations import MOVING_OPERATIONS
from tfprune.quantization.placement import GRID, Placement, places

AUGMENTATIONS = (
    "AugMix",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
)
"""Layers that inference leaves out; older versions of Keras lack some."""

CHOICES = ("Maximum", "Minimum")
"""Operations that move numbers of one of two tensors."""


@places(
    layers.ActivityRegularization,
    layers.AlphaDropout,
    layers.Concatenate,
    layers.Cropping1D,
    layers.Cropping2D,
    layers.Dropout,
    layers.Flatten,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
    layers.Permute,
    layers.RepeatVector,
    layers.Reshape,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.UpSampling1D,
    layers.ZeroPadding1D,
    layers.ZeroPadding2D,
    *(getattr(layers, x) for x in AUGMENTATIONS if hasattr(layers, x)),
)
def moving_layer(operation: Any) -> Placement:
    return GRID


@places(*(x for x in MOVING_OPERATIONS if x not in CHOICES), "Pad")
def moving_operation(operation: Any) -> Placement:
    return GRID


@places(layers.Maximum, layers.Minimum, *CHOICES)
def choice(operation: Any) -> Placement:
    return replace(GRID, rounds_arrays=True)


@places(layers.UpSampling2D)
def upsampling(operation: Any) -> Placement | None:
    if operation.interpolation not in ("nearest", "bilinear"):
        return None
    on_grid = operation.interpolation == "nearest"
    return Placement(shares=True, on_grid=on_grid)


@places(layers.Resizing)
def resizing(operation: Any) -> Placement | None:
    shaped = operation.crop_to_aspect_ratio or operation.pad_to_aspect_ratio
    if shaped or operation.antialias:
        return None
    return upsampling(operation)


@places(layers.CenterCrop)
def center_crop(operation: Any) -> Placement | None:
    shape = operation.get_build_config()["input_shape"]
    first = 1 if operation.data_format == "channels_last" else 2
    wanted = operation.height, operation.width
    # A smaller image is resized, to numbers between those that it has.
    found = [n or 0 for n in shape[first : first + 2]]
    whole = all(n >= m for n, m in zip(found, wanted, strict=True))
    return GRID if whole else None
