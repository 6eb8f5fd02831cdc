"""Whether a model and a data set belong together."""

import keras
import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.models.data import Dataset

PROBED_SAMPLES = 16


def check_classifier(model: keras.Model, data: Dataset) -> None:
    """Refuses a model that cannot be trained on the labels of a data set.

    Args:
        model: A built model.
        data: Samples and class numbers.

    Raises:
        InvalidInputError: When the model has not one input of the shape of
            the samples, or not one number for each class.
    """
    shapes = shapes_of(model, "inputs")
    if len(shapes) != 1 or not fits(data.input_shape, shapes[0][1:]):
        raise InvalidInputError(
            f"Expected a model with one input that takes the samples of data "
            f"set '{data.name}', shape {data.input_shape}. Received: model "
            f"'{model.name}' with input shapes {shapes}. Choose other data "
            "or another model."
        )
    shapes = shapes_of(model, "outputs")
    if (
        len(shapes) != 1
        or len(shapes[0]) != 2
        or (shapes[0][1] or 0) < data.num_classes
    ):
        raise InvalidInputError(
            f"Expected a model with one output of a number for each of the "
            f"{data.num_classes} classes of data set '{data.name}'. Received: "
            f"model '{model.name}' with output shapes {shapes}. Choose other "
            "data or another model."
        )


def shapes_of(model: keras.Model, ends: str) -> list[tuple[int | None, ...]]:
    """The shapes of the inputs or outputs, with the batch axis."""
    return [tuple(x.shape) for x in getattr(model, ends, None) or ()]


def fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    """Whether a shape agrees with one that leaves some sizes open."""
    return len(shape) == len(wanted) and all(
        expected in (None, size)
        for size, expected in zip(shape, wanted, strict=True)
    )


def returns_logits(model: keras.Model, data: Dataset) -> bool:
    """Whether the outputs are logits rather than probabilities.

    The outputs are looked at, since a softmax may be written in many ways.
    """
    outputs = keras.ops.convert_to_numpy(
        model(data.x_train[:PROBED_SAMPLES], training=False)
    )
    total = outputs.sum(axis=1, dtype="float64")
    return bool((outputs < 0).any() or not np.allclose(total, 1, atol=1e-2))
