"""A convolution and its batch normalization: the brick of the networks."""

import keras


def conv_norm(
    x: keras.KerasTensor,
    filters: int,
    kernel_size: int,
    *,
    name: str,
    strides: int = 1,
    kernel_regularizer: keras.Regularizer | None = None,
    gamma_regularizer: keras.Regularizer | None = None,
) -> keras.KerasTensor:
    """Applies a SAME convolution without bias, then batch normalization.

    The bias would be cancelled by the mean that the normalization subtracts.

    Args:
        x: Feature map `(batch, height, width, channels)`.
        filters: Number of channels that come out.
        kernel_size: Side of the square kernel, in pixels.
        name: Name of the convolution; the normalization is `{name}_bn`.
        strides: Step of the kernel, in pixels.
        kernel_regularizer: Penalty on the kernel, or none.
        gamma_regularizer: Penalty on the scale of the normalization, or none.

    Returns:
        Feature map `(batch, ceil(height / strides), ceil(width / strides),
        filters)`.
    """
    x = keras.layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        kernel_regularizer=kernel_regularizer,
        name=name,
    )(x)
    return batch_norm(x, name=f"{name}_bn", gamma_regularizer=gamma_regularizer)


def batch_norm(
    x: keras.KerasTensor,
    *,
    name: str,
    gamma_regularizer: keras.Regularizer | None = None,
) -> keras.KerasTensor:
    """Normalizes with the momentum and epsilon of the residual-net papers.

    Keras' own defaults (0.99 and 1e-3) average over ten times as many steps
    and bound the scale of quiet channels.

    Args:
        x: Feature map `(batch, height, width, channels)`.
        name: Name of the layer.
        gamma_regularizer: Penalty on the scale, or none.

    Returns:
        A feature map of the same shape.
    """
    return keras.layers.BatchNormalization(
        momentum=0.9,
        epsilon=1e-5,
        gamma_regularizer=gamma_regularizer,
        name=name,
    )(x)
