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
    """Widens the empty ranges of a model to what data bring about.

    Args:
        model: A model with fake quantization; ranges that are not trained yet
            are changed.
        data: Arrays in the structure that the model is called with, an
            iterable of batches of that structure, or a function that returns
            one.

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
    """Lets inference widen the ranges of a model that are empty so far."""
    # Quantizers inside layers are listed by no public name.
    layers = model._flatten_layers()  # noqa: SLF001
    found = [
        x for x in layers if isinstance(x, MovingFakeQuant) and is_empty(x)
    ]
    try:
        for quantizer in found:
            quantizer.widens = True
        yield
    finally:
        for quantizer in found:
            quantizer.widens = False


def is_empty(quantizer: MovingFakeQuant) -> bool:
    """Whether no range was trained, for no channel."""
    return not (ops.convert_to_numpy(quantizer.shown_scale()) > 0).any()


def batches(model: keras.Model, data: Any) -> Iterator[Any]:
    """Batches of data in the structure that a model is called with.

    Raises:
        InvalidInputError: When they do not fit the inputs, or hold numbers
            that are not finite.
    """
    if callable(data):
        data = data()
    if is_arrays(data) and not is_batches(model, data):
        arrays = checked(model, data)
        for start in range(0, len(arrays[0]), BATCH):
            part = [x[start : start + BATCH] for x in arrays]
            yield structured(model, part, f"samples from {start} on")
    elif hasattr(data, "__iter__") and not isinstance(data, str | dict):
        for number, batch in enumerate(data):
            yield structured(model, checked(model, batch), f"batch {number}")
    else:
        raise InvalidInputError(
            "Expected representative_data to be arrays in the structure of the "
            "model's inputs, or an iterable of batches or a function that "
            f"returns one. Received: {type(data).__name__}."
        )


def is_arrays(data: Any) -> bool:
    """Whether data are a structure of arrays."""
    leaves = tree.flatten(data)
    return bool(leaves) and all(hasattr(x, "shape") for x in leaves)


def is_batches(model: keras.Model, data: Any) -> bool:
    """Whether a structure of arrays is a list of batches.

    What fits the inputs as a whole is a batch itself.
    """
    if not isinstance(data, list | tuple) or fits(model, data):
        return False
    return all(fits(model, batch) for batch in data)


def fits(model: keras.Model, batch: Any) -> bool:
    """Whether arrays have the shapes of a model's inputs."""
    wanted = [tuple(x.shape) for x in model.inputs]
    found = [tuple(np.shape(x)) for x in tree.flatten(batch)]
    return len(wanted) == len(found) and all(
        len(one) == len(other)
        and all(
            x is None or x == y for x, y in zip(one[1:], other[1:], strict=True)
        )
        for one, other in zip(wanted, found, strict=True)
    )


def checked(model: keras.Model, batch: Any) -> list[Any]:
    """The arrays of a batch, which fit the inputs of a model in turn.

    Raises:
        InvalidInputError: When they do not.
    """
    arrays = tree.flatten(batch)
    if not fits(model, batch):
        raise InvalidInputError(
            "Expected representative_data for inputs of shapes "
            f"{[tuple(x.shape) for x in model.inputs]}. Received arrays of "
            f"shapes {[tuple(np.shape(x)) for x in arrays]}. Pass inputs "
            "alone, without labels: arrays, or an iterable of batches."
        )
    return arrays


def structured(model: keras.Model, arrays: list[Any], where: str) -> Any:
    """A batch in the structure that a model is called with.

    Args:
        model: The model.
        arrays: What goes into its inputs, in their order.
        where: Which batch it is, for messages.

    Raises:
        InvalidInputError: When a number is not finite.
    """
    for tensor, array in zip(model.inputs, arrays, strict=True):
        if not np.isfinite(ops.convert_to_numpy(array)).all():
            raise InvalidInputError(
                "Expected representative_data to be finite, since ranges are "
                f"found on them. Received NaN or infinity in {where} of input "
                f"'{tensor.name}'. Leave these samples out."
            )
    tensors = [ops.convert_to_tensor(x) for x in arrays]
    return tree.pack_sequence_as(model.input, tensors)
