"""The end that the convolutional networks share."""

import keras


def classifier(x: keras.KerasTensor, num_classes: int) -> keras.KerasTensor:
    """Averages a feature map over space and predicts class probabilities.

    Args:
        x: Feature map `(batch, height, width, channels)`.
        num_classes: Number of probabilities that come out.

    Returns:
        Probabilities `(batch, num_classes)` of the layer `predictions`.
    """
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    return keras.layers.Dense(
        num_classes, activation="softmax", name="predictions"
    )(x)
