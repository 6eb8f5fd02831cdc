"""The basic residual block of the small residual networks."""

import keras

from tfprune.models.conv_norm import conv_norm


def residual_block(
    x: keras.KerasTensor,
    filters: int,
    *,
    name: str,
    strides: int = 1,
    kernel_regularizer: keras.Regularizer | None = None,
    gamma_regularizer: keras.Regularizer | None = None,
) -> keras.KerasTensor:
    """Adds two 3x3 convolutions of the input to the input, then a ReLU.

    Where the shape changes, the input passes a 1x1 convolution and a
    normalization of its own.

    `gamma_regularizer` goes to the inner normalization only. The channels of
    the other two are those of the sum, which every block of the stage shares:
    one scale at zero would not make such a channel removable. (Ye et al.,
    arXiv:1802.00124, leave them out too.)

    Args:
        x: Feature map `(batch, height, width, channels)`.
        filters: Number of channels that come out.
        name: Prefix of the layer names.
        strides: Step of the first convolution, in pixels.
        kernel_regularizer: Penalty on the kernel of every convolution.
        gamma_regularizer: Penalty on the scale of the inner normalization.

    Returns:
        Feature map `(batch, ceil(height / strides), ceil(width / strides),
        filters)`.
    """
    shortcut = x
    if strides != 1 or x.shape[-1] != filters:
        shortcut = conv_norm(
            x,
            filters,
            1,
            strides=strides,
            name=f"{name}_shortcut",
            kernel_regularizer=kernel_regularizer,
        )
    x = conv_norm(
        x,
        filters,
        3,
        strides=strides,
        name=f"{name}_conv_0",
        kernel_regularizer=kernel_regularizer,
        gamma_regularizer=gamma_regularizer,
    )
    x = keras.layers.ReLU(name=f"{name}_conv_0_relu")(x)
    x = conv_norm(
        x,
        filters,
        3,
        name=f"{name}_conv_1",
        kernel_regularizer=kernel_regularizer,
    )
    x = keras.layers.Add(name=f"{name}_add")([x, shortcut])
    return keras.layers.ReLU(name=f"{name}_relu")(x)
