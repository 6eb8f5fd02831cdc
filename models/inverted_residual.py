"""The inverted residual block of MobileNetV2."""

import keras

from tfprune.models.conv_norm import batch_norm, conv_norm


def inverted_residual(
    x: keras.KerasTensor,
    filters: int,
    *,
    expansion: int,
    name: str,
    strides: int = 1,
    kernel_regularizer: keras.Regularizer | None = None,
    gamma_regularizer: keras.Regularizer | None = None,
) -> keras.KerasTensor:
    """Widens with 1x1, filters each channel 3x3, narrows with a linear 1x1.

    The input is added where the shape stays. `gamma_regularizer` goes to the
    normalization after the depthwise convolution only: it is the last thing
    that a widened channel passes, so a zero there alone makes the channel
    constant, and what computes it removable.

    Args:
        x: Feature map `(batch, height, width, channels)`.
        filters: Number of channels that come out.
        expansion: Factor on the input channels; 1 leaves the first 1x1 out.
        name: Prefix of the layer names.
        strides: Step of the depthwise convolution, in pixels.
        kernel_regularizer: Penalty on the kernels of the 1x1 convolutions.
            The depthwise kernel has none: its channels are not on its last
            axis.
        gamma_regularizer: Penalty on the scale of the widened channels.

    Returns:
        Feature map `(batch, ceil(height / strides), ceil(width / strides),
        filters)`.
    """
    inputs = x
    if expansion != 1:
        x = conv_norm(
            x,
            expansion * inputs.shape[-1],
            1,
            name=f"{name}_expand",
            kernel_regularizer=kernel_regularizer,
        )
        x = keras.layers.ReLU(max_value=6.0, name=f"{name}_expand_relu")(x)
    x = keras.layers.DepthwiseConv2D(
        3,
        strides=strides,
        padding="same",
        use_bias=False,
        name=f"{name}_depthwise",
    )(x)
    x = batch_norm(
        x, name=f"{name}_depthwise_bn", gamma_regularizer=gamma_regularizer
    )
    x = keras.layers.ReLU(max_value=6.0, name=f"{name}_depthwise_relu")(x)
    x = conv_norm(
        x,
        filters,
        1,
        name=f"{name}_project",
        kernel_regularizer=kernel_regularizer,
    )
    if strides == 1 and inputs.shape[-1] == filters:
        x = keras.layers.Add(name=f"{name}_add")([x, inputs])
    return x
