"""A VGG-style network with batch normalization."""

import keras

from tfprune.models.builders import MODELS
from tfprune.models.classifier import classifier
from tfprune.models.conv_norm import conv_norm


@MODELS.register("vgg")
def vgg(
    *,
    input_shape: tuple[int, int, int] = (32, 32, 3),
    num_classes: int = 10,
    widths: tuple[int, ...] = (32, 64, 128),
    kernel_regularizer: keras.Regularizer | None = None,
    gamma_regularizer: keras.Regularizer | None = None,
    name: str = "vgg",
) -> keras.Model:
    """Builds blocks of two 3x3 conv-BN-ReLU and a 2x2 max pool.

    Global average pooling stands for the fully connected layers of the paper,
    as in the networks of the pruning literature.

    Source: Simonyan and Zisserman, "Very Deep Convolutional Networks for
    Large-Scale Image Recognition", arXiv:1409.1556; batch normalization as in
    Liu et al., "Network Slimming", arXiv:1708.06519.

    Args:
        input_shape: `(height, width, channels)`; each side at least
            `2 ** len(widths)` pixels.
        num_classes: Number of probabilities that come out.
        widths: Number of filters of each block, first to last.
        kernel_regularizer: Penalty on the kernel of every convolution.
        gamma_regularizer: Penalty on the scale of every normalization.
        name: Name of the model.

    Returns:
        An uncompiled functional `keras.Model` that maps
        `(batch, *input_shape)` float32 to `(batch, num_classes)`
        probabilities.

    Example:

    ```python
    model = vgg(gamma_regularizer=tfprune.regularizers.L1(1e-4))
    ```
    """
    inputs = keras.Input(input_shape, name="images")
    x = inputs
    for block, filters in enumerate(widths):
        for index in range(2):
            prefix = f"block_{block}_conv_{index}"
            x = conv_norm(
                x,
                filters,
                3,
                name=prefix,
                kernel_regularizer=kernel_regularizer,
                gamma_regularizer=gamma_regularizer,
            )
            x = keras.layers.ReLU(name=f"{prefix}_relu")(x)
        x = keras.layers.MaxPooling2D(2, name=f"block_{block}_pool")(x)
    return keras.Model(inputs, classifier(x, num_classes), name=name)
