"""Inputs and outputs of a Keras model, as an exported file has them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.input_structure import input_structure
from tfprune.registry import did_you_mean

InputShape = tuple[int, ...] | Mapping[str, tuple[int, ...]] | None

# What Keras calls a tensor that the user did not name: it counts upwards in
# each process, so files would differ.
AUTOMATIC_NAME = re.compile(r"(keras_tensor|input_layer)(_\d+)?")


@dataclass(frozen=True)
class ModelInput:
    """One input of a model.

    Args:
        name: Name of the Keras input, or its key in a dict of inputs.
        shape: Shape of one sample, without the batch axis.
        dtype: Name of the dtype, such as `"float32"`.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str


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
                f"Input '{name}' of model '{model.name}' takes batches of "
                f"{tensor.shape[0]} only, and an exported model computes one "
                "sample at a time. Build it without `batch_size`."
            )
        shape = static_shape(tensor.shape[1:], wanted.get(name), name, model)
        inputs.append(ModelInput(name, shape, tensor.dtype))
    return ModelSignature(
        model=model,
        inputs=tuple(inputs),
        structure=structure,
        fixed_batch=any(tensor.shape[0] == 1 for _, tensor in found),
    )


def shapes_by_name(
    input_shape: InputShape, names: Sequence[str]
) -> Mapping[str, tuple[int, ...]]:
    """The shapes that the user gave, by input name.

    Raises:
        InvalidInputError: When a name is unknown, or one shape is given for
            several inputs.
    """
    if input_shape is None:
        return {}
    if isinstance(input_shape, Mapping):
        for name in input_shape:
            if name not in names:
                raise InvalidInputError(
                    f"`input_shape` names the unknown input '{name}'."
                    f"{did_you_mean(name, names)} The inputs are: "
                    f"{', '.join(names)}."
                )
        return input_shape
    if len(names) > 1:
        raise InvalidInputError(
            "Expected `input_shape` as a dict by input name for the inputs "
            f"{', '.join(names)}. Received: {input_shape}."
        )
    return {names[0]: tuple(input_shape)}


def static_shape(
    known: Sequence[int | None],
    wanted: tuple[int, ...] | None,
    name: str,
    model: keras.Model,
) -> tuple[int, ...]:
    """Fills the open sizes of an input.

    Raises:
        InvalidInputError: When some stay open, or contradict the model.
    """
    given = tuple(known) if wanted is None else tuple(wanted)
    fits = len(given) == len(known) and all(
        size in (None, new) for size, new in zip(known, given, strict=False)
    )
    if not fits:
        raise InvalidInputError(
            f"Expected `input_shape` to fit {tuple(known)}, input '{name}' of "
            f"model '{model.name}'. Received: {given}. Leave out the batch "
            "axis."
        )
    if None in given:
        raise InvalidInputError(
            f"Input '{name}' of model '{model.name}' has the shape {given}, "
            "and an exported model needs every size. Pass `input_shape`, "
            "without the batch axis."
        )
    return tuple(int(size) for size in given if size is not None)


def given_name(tensor: Any, index: int, count: int) -> str:
    """The name that the user gave to an input, or a plain one."""
    name = tensor.name or ""
    if name and not AUTOMATIC_NAME.fullmatch(name):
        return str(name)
    return "input" if count == 1 else f"input_{index}"


def key_of(path: Sequence[Any]) -> str | None:
    """The last key of a nested position, where it is a string."""
    return path[-1] if path and isinstance(path[-1], str) else None


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Makes repeated names differ by a number at their ends."""
    taken: list[str] = []
    for name in names:
        new, count = name, 1
        while new in taken:
            new, count = f"{name}_{count}", count + 1
        taken.append(new)
    return tuple(taken)
