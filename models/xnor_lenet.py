"""LeNet-5 with binary layers between the first and the last."""

from collections.abc import Callable
from typing import Any

import keras

from tfprune.layers import QuantConv2D, QuantDense, presets
from tfprune.models.builders import MODELS
from tfprune.quantizers import Sign


@MODELS.register("xnor_lenet")
def xnor_lenet(
    *,
    input_shape: tuple[int, int, int] = (28, 28, 1),
    num_classes: int = 10,
    settings: Callable[[], dict[str, Any]] = presets.xnor,
    normalize_first: bool = True,
    relu: bool = False,
    kernel_regularizer: keras.Regularizer | None = None,
    name: str = "xnor_lenet",
) -> keras.Model:
    """Builds conv5x5x20 - pool - conv5x5x50 - pool - fc500 - fc10.

    The first and the last layer are real. Those between come in blocks of
    batch normalization, quantization, convolution and pooling, in this order:
    pooled real numbers keep what the maximum of signs would lose. BWN is
    `settings=presets.bwn, relu=True`, and the float network `settings=dict,
    relu=True`.

    Source: Rastegari et al., "XNOR-Net", 2016 (arXiv:1603.05279), section 3.2
    and figure 3; LeCun et al., 1998, for the layers.

    Args:
        input_shape: `(height, width, channels)`, at least 16 x 16.
        num_classes: Number of probabilities that come out.
        settings: Makes the settings of a layer between.
        normalize_first: Whether blocks are in the order above; else a
            convolution comes first, then normalization, signs and pooling.
        relu: Whether a ReLU follows each normalization.
        kernel_regularizer: Penalty on the kernel of every layer but the last.
        name: Name of the model.

    Returns:
        An uncompiled functional `keras.Model` that maps
        `(batch, *input_shape)` float32 to `(batch, num_classes)`
        probabilities.

    Example:

    ```python
    model = xnor_lenet(settings=lambda: presets.xnor(input_scale=True))
    ```
    """

    def normalized(x: keras.KerasTensor, of: str) -> keras.KerasTensor:
        x = keras.layers.BatchNormalization(
            momentum=0.9, epsilon=1e-4, name=f"{of}_bn"
        )(x)
        if relu:
            x = keras.layers.ReLU(name=f"{of}_relu")(x)
        return x

    def finished(x: keras.KerasTensor, of: str) -> keras.KerasTensor:
        if normalize_first:
            return x
        x = normalized(x, of)
        return x if relu else Sign(name=f"{of}_sign")(x)

    inputs = keras.Input(input_shape, name="images")
    x = keras.layers.Conv2D(
        20,
        5,
        use_bias=False,
        kernel_regularizer=kernel_regularizer,
        name="conv1",
    )(inputs)
    x = keras.layers.MaxPooling2D(2, name="pool1")(finished(x, "conv1"))
    if normalize_first:
        x = normalized(x, "conv2")
    x = QuantConv2D(
        50,
        5,
        use_bias=False,
        kernel_regularizer=kernel_regularizer,
        name="conv2",
        **settings(),
    )(x)
    if not normalize_first:
        x = finished(x, "conv2")
    x = keras.layers.MaxPooling2D(2, name="pool2")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    if normalize_first:
        x = normalized(x, "fc1")
    x = QuantDense(
        500,
        use_bias=False,
        kernel_regularizer=kernel_regularizer,
        name="fc1",
        **settings(),
    )(x)
    x = normalized(x, "predictions" if normalize_first else "fc1")
    outputs = keras.layers.Dense(
        num_classes, activation="softmax", name="predictions"
    )(x)
    return keras.Model(inputs, outputs, name=name)
