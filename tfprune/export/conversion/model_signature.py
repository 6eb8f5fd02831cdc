"""Inputs and outputs of a Keras model, as an exported file has them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.end_names import key_of, unique
from tfprune.export.conversion.input_shape import (
    InputShape,
    shapes_by_name,
    static_shape,
)
from tfprune.export.conversion.input_structure import input_structure
from tfprune.export.conversion.model_input import ModelInput

# What Keras calls a tensor that the user did not name: it counts upwards in
# each process, so files would differ.
AUTOMATIC_NAME = re.compile(r"(keras_tensor|input_layer)(_\d+)?")


@dataclass(frozen=True)
class ModelSignature:
    """How to call a Keras model with a flat list of tensors.

    Args:
        model: The model.
        inputs: Its inputs, in the order of `keras.tree.flatten`.
        structure: The tensor, or nested tensors, that the model takes.
        fixed_batch: Whether the model accepts batches of 1 only.
    """

    model: keras.Model
    inputs: tuple[ModelInput, ...]
    structure: Any
    fixed_batch: bool

    def call(self, tensors: Sequence[Any]) -> tuple[tuple[str, ...], list[Any]]:
        """Runs the model for inference.

        Args:
            tensors: Batches, one for each input.

        Returns:
            The names of the outputs, and the outputs, both in the order of
            `keras.tree.flatten`.
        """
        packed = keras.tree.pack_sequence_as(self.structure, list(tensors))
        outputs = self.model(packed, training=False)
        paths_and_values = keras.tree.flatten_with_path(outputs)
        given = getattr(self.model, "output_names", None) or ()
        if isinstance(self.model, keras.Sequential):
            given = (self.model.layers[-1].name,)
        if len(given) != len(paths_and_values):
            given = [f"output_{i}" for i in range(len(paths_and_values))]
        names = (
            key_of(path) or name
            for (path, _), name in zip(paths_and_values, given, strict=True)
        )
        return unique(names), [value for _, value in paths_and_values]


def read_signature(
    model: keras.Model, input_shape: InputShape = None
) -> ModelSignature:
    """Finds the inputs of a model.

    Args:
        model: A built model.
        input_shape: Shape of one sample, without the batch axis, for a model
            that leaves some of its sizes open; for several inputs a dict by
            input name.

    Raises:
        InvalidInputError: When the model is not built, or a size is unknown
            or contradicts `input_shape`.

    Example:

    ```python
    read_signature(model, input_shape=(224, 224, 3)).inputs
    ```
    """
    structure = input_structure(model, input_shape)
    title = f"model '{model.name}'"
    found = keras.tree.flatten_with_path(structure)
    names = unique(
        key_of(path) or given_name(tensor, index, len(found))
        for index, (path, tensor) in enumerate(found)
    )
    wanted = shapes_by_name(input_shape, names)
    inputs = []
    for name, (_, tensor) in zip(names, found, strict=True):
        if tensor.shape[0] not in (None, 1):
            raise InvalidInputError(
                f"Input '{name}' of {title} takes batches of "
                f"{tensor.shape[0]} only, and an exported model computes one "
                "sample at a time. Build it without `batch_size`."
            )
        shape = static_shape(tensor.shape[1:], wanted.get(name), name, title)
        inputs.append(ModelInput(name, shape, tensor.dtype))
    return ModelSignature(
        model=model,
        inputs=tuple(inputs),
        structure=structure,
        fixed_batch=any(tensor.shape[0] == 1 for _, tensor in found),
    )


def given_name(tensor: Any, index: int, count: int) -> str:
    """The name that the user gave to an input, or a plain one."""
    name = tensor.name or ""
    if name and not AUTOMATIC_NAME.fullmatch(name):
        return str(name)
    return "input" if count == 1 else f"input_{index}"
