"""LeNet-5 as Caffe ships it: the convolutional net of the pruning papers."""

import keras

from tfprune.models.builders import MODELS


@MODELS.register("lenet_5")
def lenet_5(
    *,
    input_shape: tuple[int, int, int] = (28, 28, 1),
    num_classes: int = 10,
    relu: bool = False,
    kernel_regularizer: keras.Regularizer | None = None,
    name: str = "lenet_5",
) -> keras.Model:
    """Builds conv5x5x20 - pool - conv5x5x50 - pool - fc500 - ReLU - fc10.

    All convolutions are VALID, all pools 2x2 maxima; 431,080 parameters with
    the defaults. Caffe's network has exactly one ReLU, after the
    fully connected layer of 500 units, and Deep Compression, structured
    sparsity learning and SNIP use it so; the network of the L0 paper also has
    one after each convolution (`relu=True`).

    Source: LeCun et al., "Gradient-Based Learning Applied to Document
    Recognition", 1998, in the form of Caffe's `examples/mnist`.

    Args:
        input_shape: `(height, width, channels)`, at least 16 x 16.
        num_classes: Number of probabilities that come out.
        relu: Whether a ReLU follows each convolution.
        kernel_regularizer: Penalty on the kernel of every layer but the last,
            whose units are the classes.
        name: Name of the model.

    Returns:
        An uncompiled functional `keras.Model` that maps
        `(batch, *input_shape)` float32 to `(batch, num_classes)`
        probabilities.

    Example:

    ```python
    model = lenet_5(relu=True)
    model.count_params()  # 431080
    ```
    """
    inputs = keras.Input(input_shape, name="images")
    x = inputs
    for index, filters in enumerate((20, 50), start=1):
        x = keras.layers.Conv2D(
            filters,
            5,
            padding="valid",
            activation="relu" if relu else None,
            kernel_regularizer=kernel_regularizer,
            name=f"conv{index}",
        )(x)
        x = keras.layers.MaxPooling2D(2, name=f"pool{index}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(
        500,
        activation="relu",
        kernel_regularizer=kernel_regularizer,
        name="fc1",
    )(x)
    outputs = keras.layers.Dense(
        num_classes, activation="softmax", name="predictions"
    )(x)
    return keras.Model(inputs, outputs, name=name)
