"""Depthwise convolutions over sequences, as those over images."""

from typing import Any

from keras import layers, ops

from tfprune.quantization.decomposition import Simpler, decomposes, filled
from tfprune.quantization.scaled_constraint import scaled_constraint
from tfprune.quantization.scaled_regularizer import scaled_regularizer


@decomposes(layers.DepthwiseConv1D)
def depthwise(layer: Any) -> Simpler | None:
    if layer.data_format != "channels_last":
        return None

    def call(x: Any) -> Any:
        return depthwise_over_time(
            layer,
            layer.kernel,
            x,
            layer.bias,
            padding=layer.padding,
            name="images",
            activation=layer.activation,
            use_bias=layer.use_bias,
            bias_regularizer=layer.bias_regularizer,
            bias_constraint=layer.bias_constraint,
            activity_regularizer=layer.activity_regularizer,
        )

    return call


def depthwise_over_time(
    layer: Any,
    kernel: Any,
    x: Any,
    bias: Any = None,
    *,
    padding: str,
    name: str,
    use_bias: bool = False,
    **settings: Any,
) -> Any:
    """A depthwise convolution over a sequence, as images of one column.

    Args:
        layer: The layer that has it.
        kernel: Its depthwise kernel, `(steps, channels, multiplier)`.
        x: Symbolic tensor `(batch, steps, channels)`.
        bias: Its bias, or None.
        padding: `"valid"` or `"same"`.
        name: What to call the convolution.
        use_bias: Whether it has a bias.
        **settings: What else it is given.
    """
    shape = tuple(kernel.shape)
    convolution = layers.DepthwiseConv2D(
        (shape[0], 1),
        strides=layer.strides[0],
        padding=padding,
        depth_multiplier=layer.depth_multiplier,
        dilation_rate=(*layer.dilation_rate, 1),
        use_bias=use_bias,
        depthwise_regularizer=scaled_regularizer(
            layer.depthwise_regularizer, 1.0, shape=shape
        ),
        depthwise_constraint=scaled_constraint(
            layer.depthwise_constraint, 1.0, shape=shape
        ),
        name=name,
        dtype=layer.dtype_policy,
        trainable=layer.trainable,
        **settings,
    )
    y = layers.Reshape((-1, 1, shape[1]), name=f"{name}_column")(x)
    array = ops.convert_to_numpy(kernel).reshape(shape[0], 1, *shape[1:])
    y = filled(convolution, y, array, bias)
    return layers.Reshape((-1, y.shape[-1]), name=f"{name}_steps")(y)
