"""Separable convolutions, as their two halves."""

from typing import Any

from keras import layers

from tfprune.quantization.decomposition import Simpler, decomposes, filled
from tfprune.quantization.decompositions.depthwise import depthwise_over_time


@decomposes(layers.SeparableConv2D)
def separable_convolution(layer: Any) -> Simpler:
    shared = {"dtype": layer.dtype_policy, "trainable": layer.trainable}

    def call(x: Any) -> Any:
        depthwise = layers.DepthwiseConv2D(
            layer.kernel_size,
            strides=layer.strides,
            padding=layer.padding,
            depth_multiplier=layer.depth_multiplier,
            data_format=layer.data_format,
            dilation_rate=layer.dilation_rate,
            use_bias=False,
            depthwise_regularizer=layer.depthwise_regularizer,
            depthwise_constraint=layer.depthwise_constraint,
            name="depthwise",
            **shared,
        )
        pointwise = layers.Conv2D(
            layer.filters,
            1,
            data_format=layer.data_format,
            **pointwise_settings(layer),
            **shared,
        )
        y = filled(depthwise, x, layer.depthwise_kernel)
        return filled(pointwise, y, layer.pointwise_kernel, layer.bias)

    return call


@decomposes(layers.SeparableConv1D)
def separable_over_time(layer: Any) -> Simpler | None:
    if layer.data_format != "channels_last":
        return None

    def call(x: Any) -> Any:
        y = depthwise_over_time(
            layer,
            layer.depthwise_kernel,
            x,
            padding=layer.padding,
            name="depthwise",
        )
        pointwise = layers.Conv1D(
            layer.filters,
            1,
            **pointwise_settings(layer),
            dtype=layer.dtype_policy,
            trainable=layer.trainable,
        )
        return filled(pointwise, y, layer.pointwise_kernel, layer.bias)

    return call


def pointwise_settings(layer: Any) -> dict[str, Any]:
    """What the second convolution of a separable one is made with."""
    return {
        "activation": layer.activation,
        "use_bias": layer.use_bias,
        "kernel_regularizer": layer.pointwise_regularizer,
        "kernel_constraint": layer.pointwise_constraint,
        "bias_regularizer": layer.bias_regularizer,
        "bias_constraint": layer.bias_constraint,
        "activity_regularizer": layer.activity_regularizer,
        "name": "pointwise",
    }
