"""ResNet-20 in its form for small images."""

import keras

from tfprune.models.builders import MODELS
from tfprune.models.classifier import classifier
from tfprune.models.conv_norm import conv_norm
from tfprune.models.residual_block import residual_block


@MODELS.register("resnet_20")
def resnet_20(
    *,
    input_shape: tuple[int, int, int] = (32, 32, 3),
    num_classes: int = 10,
    width_multiplier: float = 1.0,
    kernel_regularizer: keras.Regularizer | None = None,
    gamma_regularizer: keras.Regularizer | None = None,
    name: str = "resnet_20",
) -> keras.Model:
    """Builds three stages of three basic residual blocks, 16-32-64 wide.

    Shortcuts that change shape are 1x1 convolutions (option B of the paper),
    so every connection has weights that a pruner can cut.

    Source: He et al., "Deep Residual Learning for Image Recognition",
    arXiv:1512.03385, section 4.2.

    Args:
        input_shape: `(height, width, channels)` of any size.
        num_classes: Number of probabilities that come out.
        width_multiplier: Factor on the 16, 32 and 64 filters of the stages;
            at least one filter remains.
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
    model = resnet_20(input_shape=(28, 28, 1), width_multiplier=0.5)
    ```
    """
    widths = [max(1, round(base * width_multiplier)) for base in (16, 32, 64)]
    inputs = keras.Input(input_shape, name="images")
    x = conv_norm(
        inputs,
        widths[0],
        3,
        name="stem",
        kernel_regularizer=kernel_regularizer,
    )
    x = keras.layers.ReLU(name="stem_relu")(x)
    for stage, filters in enumerate(widths):
        for block in range(3):
            x = residual_block(
                x,
                filters,
                strides=2 if stage > 0 and block == 0 else 1,
                name=f"stage_{stage}_block_{block}",
                kernel_regularizer=kernel_regularizer,
                gamma_regularizer=gamma_regularizer,
            )
    return keras.Model(inputs, classifier(x, num_classes), name=name)
