"""Ranges of activations, found before training."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from tfprune.errors import InvalidInputError
from tfprune.quantizers import MovingFakeQuant

BATCH = 32


def calibrate(model: keras.Model, data: Any) -> None:
    """Widens the ranges of a model to what data bring about.

    Args:
        model: A model with fake quantization; its ranges are changed.
        data: Arrays in the structure that the model is called with, or an
            iterable of batches of that structure.

    Raises:
        InvalidInputError: When the data do not fit the model, or there are
            none.
    """
    count = 0
    with widening(model):
        for batch in batches(model, data):
            model(batch, training=False)
            count += 1
    if not count:
        raise InvalidInputError(
            "Expected representative_data to hold inputs. Received none. Pass "
            "a hundred or more training samples."
        )


@contextmanager
def widening(model: keras.Model) -> Iterator[None]:
    """Lets inference widen the ranges of a model."""
    # Quantizers inside layers are listed by no public name.
    layers = model._flatten_layers()  # noqa: SLF001
    found = [x for x in layers if isinstance(x, MovingFakeQuant)]
    try:
        for quantizer in found:
            quantizer.widens = True
        yield
    finally:
        for quantizer in found:
            quantizer.widens = False


def batches(model: keras.Model, data: Any) -> Iterator[Any]:
    """Batches of data in the structure that a model is called with.

    Raises:
        InvalidInputError: When they do not fit the inputs.
    """
    leaves = tree.flatten(data)
    if not all(hasattr(x, "shape") for x in leaves) or not leaves:
        if hasattr(data, "__iter__") and not isinstance(data, str | dict):
            for batch in data:
                yield checked(model, batch)
            return
        raise InvalidInputError(
            "Expected representative_data to be arrays in the structure of the "
            f"model's inputs, or an iterable of batches. Received: "
            f"{type(data).__name__}."
        )
    checked(model, data)
    for start in range(0, len(leaves[0]), BATCH):
        yield tree.map_structure(
            lambda x, start=start: ops.convert_to_tensor(
                x[start : start + BATCH]
            ),
            data,
        )


def checked(model: keras.Model, batch: Any) -> Any:
    """A batch that fits the inputs of a model.

    Raises:
        InvalidInputError: When it does not.
    """
    wanted = [tuple(x.shape) for x in model.inputs]
    found = [tuple(np.shape(x)) for x in tree.flatten(batch)]
    fits = len(wanted) == len(found) and all(
        len(one) == len(other)
        and all(
            x is None or x == y for x, y in zip(one[1:], other[1:], strict=True)
        )
        for one, other in zip(wanted, found, strict=True)
    )
    if not fits:
        raise InvalidInputError(
            f"Expected representative_data for inputs of shapes {wanted}. "
            f"Received arrays of shapes {found}. Pass inputs alone, without "
            "labels."
        )
    return batch
