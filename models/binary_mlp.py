"""The perceptron of BinaryConnect and of binarized networks."""

from collections.abc import Callable
from typing import Any

import keras

from tfprune.layers import QuantDense, presets
from tfprune.models.builders import MODELS


@MODELS.register("binary_mlp")
def binary_mlp(
    *,
    input_shape: tuple[int, ...] = (28, 28, 1),
    num_classes: int = 10,
    units: int = 512,
    num_hidden: int = 3,
    first: Callable[[], dict[str, Any]] = presets.binary_connect,
    others: Callable[[], dict[str, Any]] = presets.bnn,
    activation: str | None = None,
    probabilities: bool = True,
    kernel_regularizer: keras.Regularizer | None = None,
    name: str = "binary_mlp",
) -> keras.Model:
    """Builds dense layers of few bits, each with batch normalization.

    Behind a normalization comes the next layer, whose input quantizer is the
    activation. The last layer is quantized and normalized, too; its scores
    suit a squared hinge loss, for targets of -1 and +1. BinaryConnect is
    `others=presets.binary_connect, activation="relu"`, and the float network
    `first=dict, others=dict, activation="relu"`.

    Source: Courbariaux et al., "Binarized Neural Networks", 2016
    (arXiv:1602.02830), section 2.1; "BinaryConnect", 2015 (arXiv:1511.00363),
    section 3.1.

    Args:
        input_shape: Shape of an example, which is flattened.
        num_classes: Number of scores or probabilities that come out.
        units: Units of a hidden layer.
        num_hidden: Number of hidden layers, at least 1.
        first: Makes the settings of the first layer, whose inputs are real.
        others: Makes the settings of every other layer.
        activation: Activation behind the normalizations of the hidden layers.
        probabilities: Whether a softmax follows the scores.
        kernel_regularizer: Penalty on the kernel of every layer but the last.
        name: Name of the model.

    Returns:
        An uncompiled functional `keras.Model` that maps
        `(batch, *input_shape)` float32 to `(batch, num_classes)`.

    Example:

    ```python
    model = binary_mlp(probabilities=False)
    model.compile("adam", "squared_hinge")
    ```
    """
    inputs = keras.Input(input_shape, name="images")
    x = keras.layers.Flatten(name="flatten")(inputs)
    for index in range(num_hidden):
        x = QuantDense(
            units,
            use_bias=False,
            kernel_regularizer=kernel_regularizer,
            name=f"fc{index + 1}",
            **(others if index else first)(),
        )(x)
        x = normalized(x, f"fc{index + 1}_bn")
        if activation is not None:
            x = keras.layers.Activation(
                activation, name=f"fc{index + 1}_activation"
            )(x)
    x = QuantDense(num_classes, use_bias=False, name="scores", **others())(x)
    x = normalized(x, "predictions_bn" if probabilities else "predictions")
    if probabilities:
        x = keras.layers.Activation("softmax", name="predictions")(x)
    return keras.Model(inputs, x, name=name)


def normalized(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Batch normalization as the papers set it."""
    return keras.layers.BatchNormalization(
        momentum=0.9, epsilon=1e-4, name=name
    )(x)
