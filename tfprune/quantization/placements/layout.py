"""Operations that move numbers and make no new ones."""

from typing import Any

from keras import layers

from tfprune.quantization.placement import GRID, Placement, places


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
    layers.Maximum,
    layers.Minimum,
    layers.Permute,
    layers.RepeatVector,
    layers.Reshape,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.ZeroPadding1D,
    layers.ZeroPadding2D,
)
def moving_layer(operation: Any) -> Placement:
    return GRID


@places(
    "BroadcastTo",
    "Concatenate",
    "ExpandDims",
    "Flip",
    "GetItem",
    "Maximum",
    "Minimum",
    "Moveaxis",
    "Pad",
    "Repeat",
    "Reshape",
    "Split",
    "Squeeze",
    "Stack",
    "Swapaxes",
    "Tile",
    "Transpose",
    "Unstack",
)
def moving_operation(operation: Any) -> Placement:
    return GRID


@places(layers.UpSampling2D)
def upsampling(operation: Any) -> Placement | None:
    if operation.interpolation not in ("nearest", "bilinear"):
        return None
    on_grid = operation.interpolation == "nearest"
    return Placement(shares=True, on_grid=on_grid)
