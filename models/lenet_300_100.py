"""LeNet-300-100: the fully connected network of the pruning papers."""

import keras

from tfprune.models.builders import MODELS


@MODELS.register("lenet_300_100")
def lenet_300_100(
    *,
    input_shape: tuple[int, ...] = (28, 28, 1),
    num_classes: int = 10,
    units: tuple[int, ...] = (300, 100),
    kernel_regularizer: keras.Regularizer | None = None,
    name: str = "lenet_300_100",
) -> keras.Model:
    """Builds a perceptron with ReLU between its layers.

    With the defaults 784-300-100-10 and 266,610 parameters;
    `units=(500, 300)` is the network of structured sparsity learning and of
    network slimming.

    Source: LeCun et al., "Gradient-Based Learning Applied to Document
    Recognition", 1998.

    Args:
        input_shape: Shape of one sample without the batch axis; flattened.
        num_classes: Number of probabilities that come out.
        units: Number of units of each hidden layer, first to last.
        kernel_regularizer: Penalty on the kernel of every hidden layer. The
            last layer has none: its units are the classes.
        name: Name of the model.

    Returns:
        An uncompiled functional `keras.Model` that maps
        `(batch, *input_shape)` float32 to `(batch, num_classes)`
        probabilities.

    Example:

    ```python
    model = lenet_300_100()
    model.count_params()  # 266610
    ```
    """
    inputs = keras.Input(input_shape, name="images")
    x = keras.layers.Flatten(name="flatten")(inputs)
    for index, width in enumerate(units, start=1):
        x = keras.layers.Dense(
            width,
            activation="relu",
            kernel_regularizer=kernel_regularizer,
            name=f"fc{index}",
        )(x)
    outputs = keras.layers.Dense(
        num_classes, activation="softmax", name="predictions"
    )(x)
    return keras.Model(inputs, outputs, name=name)
