"""What maps scaled channels to the same results, scaled alike."""

from typing import Any

import keras
from keras import activations, layers

_RECTIFYING = (activations.linear, activations.relu, activations.leaky_relu)
_LAYERS = (
    layers.ActivityRegularization,
    layers.AdaptiveAveragePooling1D,
    layers.AdaptiveAveragePooling2D,
    layers.AdaptiveAveragePooling3D,
    layers.AdaptiveMaxPooling1D,
    layers.AdaptiveMaxPooling2D,
    layers.AdaptiveMaxPooling3D,
    layers.AlphaDropout,
    layers.AveragePooling1D,
    layers.AveragePooling2D,
    layers.AveragePooling3D,
    layers.Concatenate,
    layers.Cropping1D,
    layers.Cropping2D,
    layers.Cropping3D,
    layers.Dropout,
    layers.Flatten,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.GlobalAveragePooling1D,
    layers.GlobalAveragePooling2D,
    layers.GlobalAveragePooling3D,
    layers.GlobalMaxPooling1D,
    layers.GlobalMaxPooling2D,
    layers.GlobalMaxPooling3D,
    layers.Identity,
    layers.LeakyReLU,
    layers.MaxPooling1D,
    layers.MaxPooling2D,
    layers.MaxPooling3D,
    layers.Permute,
    layers.PReLU,
    layers.RepeatVector,
    layers.Reshape,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.SpatialDropout3D,
    layers.UpSampling1D,
    layers.UpSampling2D,
    layers.UpSampling3D,
    layers.ZeroPadding1D,
    layers.ZeroPadding2D,
    layers.ZeroPadding3D,
)
_OPERATIONS = (
    "Absolute",
    "LeakyRelu",
    "Negative",
    "Relu",
    "Reshape",
    "Squeeze",
    "ExpandDims",
    "Transpose",
)
"""Of `keras.ops`; all are given one tensor."""


def is_homogeneous(operation: Any) -> bool:
    """Whether `f(s * x)` is `s * f(x)` at inference.

    Here `s` is a number from 0 on for each channel, in the order of the ids
    of input and output.

    Args:
        operation: A layer or an operation of `keras.ops`; others are not
            known to be.
    """
    kind = type(operation)
    if kind is layers.Activation:
        return rectifies(operation.activation)
    if kind is layers.ReLU:
        return operation.max_value is None and operation.threshold == 0
    if isinstance(operation, keras.layers.Layer):
        return kind in _LAYERS
    return kind.__module__.startswith("keras.") and kind.__name__ in _OPERATIONS


def is_depthwise(operation: Any) -> bool:
    """Whether a layer has a kernel for each channel by itself."""
    return type(operation) in (layers.DepthwiseConv1D, layers.DepthwiseConv2D)


def rectifies(activation: Any) -> bool:
    """Whether an activation maps scaled numbers to scaled results."""
    if type(activation) is layers.ReLU:
        return is_homogeneous(activation)
    return (
        activation is None
        or activation in _RECTIFYING
        or type(activation) is layers.LeakyReLU
    )
