"""A residual network small enough to train in seconds."""

import keras

from tfprune.models.builders import MODELS
from tfprune.models.classifier import classifier
from tfprune.models.conv_norm import conv_norm
from tfprune.models.residual_block import residual_block


@MODELS.register("residual_cnn")
def residual_cnn(
    *,
    input_shape: tuple[int, int, int] = (8, 8, 1),
    num_classes: int = 10,
    widths: tuple[int, ...] = (16, 32, 64),
    kernel_regularizer: keras.Regularizer | None = None,
    gamma_regularizer: keras.Regularizer | None = None,
    name: str = "residual_cnn",
) -> keras.Model:
    """Builds a stem and one basic residual block per width.

    The first block keeps the size of the image, each later one halves it. The
    defaults fit the 8 x 8 digits that come with scikit-learn.

    Source: the block is that of He et al., "Deep Residual Learning for Image
    Recognition", arXiv:1512.03385, figure 5 (left).

    Args:
        input_shape: `(height, width, channels)` of any size.
        num_classes: Number of probabilities that come out.
        widths: Number of filters of each block, first to last.
        kernel_regularizer: Penalty on the kernel of every convolution.
        gamma_regularizer: Penalty on the scale of the inner normalization of
            every block, whose channels belong to that block alone.
        name: Name of the model.

    Returns:
        An uncompiled functional `keras.Model` that maps
        `(batch, *input_shape)` float32 to `(batch, num_classes)`
        probabilities.

    Example:

    ```python
    data = models.data.load("digits")
    model = residual_cnn(input_shape=data.input_shape)
    ```
    """
    inputs = keras.Input(input_shape, name="images")
    x = conv_norm(
        inputs,
        widths[0],
        3,
        name="stem",
        kernel_regularizer=kernel_regularizer,
    )
    x = keras.layers.ReLU(name="stem_relu")(x)
    for block, filters in enumerate(widths):
        x = residual_block(
            x,
            filters,
            strides=1 if block == 0 else 2,
            name=f"block_{block}",
            kernel_regularizer=kernel_regularizer,
            gamma_regularizer=gamma_regularizer,
        )
    return keras.Model(inputs, classifier(x, num_classes), name=name)
