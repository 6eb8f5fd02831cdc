"""A MobileNetV2 for small images."""

import keras

from tfprune.models.builders import MODELS
from tfprune.models.classifier import classifier
from tfprune.models.conv_norm import conv_norm
from tfprune.models.inverted_residual import inverted_residual

# (expansion, filters, blocks, stride of the first block), as in table 2 of
# the paper, cut to the resolutions that an image of 32 pixels passes.
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 2, 2), (6, 64, 2, 1))
HEAD_FILTERS = 256


@MODELS.register("mobilenet_v2")
def mobilenet_v2(
    *,
    input_shape: tuple[int, int, int] = (32, 32, 3),
    num_classes: int = 10,
    width_multiplier: float = 1.0,
    kernel_regularizer: keras.Regularizer | None = None,
    gamma_regularizer: keras.Regularizer | None = None,
    name: str = "mobilenet_v2",
) -> keras.Model:
    """Builds seven inverted residual blocks between a stem and a 1x1 head.

    Source: Sandler et al., "MobileNetV2: Inverted Residuals and Linear
    Bottlenecks", arXiv:1801.04381. The stem keeps the resolution and the last
    three stages of table 2 are left out, as the images are small.

    Args:
        input_shape: `(height, width, channels)` of any size.
        num_classes: Number of probabilities that come out.
        width_multiplier: Factor on every number of filters; at least one
            filter remains.
        kernel_regularizer: Penalty on the kernel of every convolution that
            is not depthwise.
        gamma_regularizer: Penalty on the scale of the widened channels of
            every block.
        name: Name of the model.

    Returns:
        An uncompiled functional `keras.Model` that maps
        `(batch, *input_shape)` float32 to `(batch, num_classes)`
        probabilities.

    Example:

    ```python
    model = mobilenet_v2(width_multiplier=0.5)
    ```
    """

    def scaled(filters: int) -> int:
        return max(1, round(filters * width_multiplier))

    inputs = keras.Input(input_shape, name="images")
    x = conv_norm(
        inputs,
        scaled(16),
        3,
        name="stem",
        kernel_regularizer=kernel_regularizer,
    )
    x = keras.layers.ReLU(max_value=6.0, name="stem_relu")(x)
    for stage, (expansion, filters, blocks, strides) in enumerate(STAGES):
        for block in range(blocks):
            x = inverted_residual(
                x,
                scaled(filters),
                expansion=expansion,
                strides=strides if block == 0 else 1,
                name=f"stage_{stage}_block_{block}",
                kernel_regularizer=kernel_regularizer,
                gamma_regularizer=gamma_regularizer,
            )
    x = conv_norm(
        x,
        scaled(HEAD_FILTERS),
        1,
        name="head",
        kernel_regularizer=kernel_regularizer,
    )
    x = keras.layers.ReLU(max_value=6.0, name="head_relu")(x)
    return keras.Model(inputs, classifier(x, num_classes), name=name)
