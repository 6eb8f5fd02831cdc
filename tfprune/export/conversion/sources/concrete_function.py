"""The front door for TensorFlow functions."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.end_names import key_of, unique
from tfprune.export.conversion.input_shape import (
    InputShape,
    read_input,
    shapes_by_name,
)
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.conversion.sources.graph_source import GraphSource
from tfprune.export.conversion.trace import TracedModel, operations_in, trace
from tfprune.export.dependencies import require

ADDED = re.compile(r"__inference_(.+?)_\d+$")


@contextlib.contextmanager
def open_concrete_function(
    function: Any, input_shape: InputShape = None
) -> Iterator[GraphSource]:
    """Opens a TensorFlow concrete function.

    Args:
        function: The function, as `get_concrete_function` returns it, or a
            signature of a SavedModel that was loaded.
        input_shape: Shape of one sample, for inputs with open sizes.

    Yields:
        The source.

    Raises:
        InvalidInputError: When it takes something else than tensors, or a
            size stays open.
    """
    tensorflow = require("tensorflow")
    title = f"function '{traced_name(function)}'"
    structure = function.structured_input_signature
    found = keras.tree.flatten_with_path(structure)
    leaves = [leaf for _, leaf in found]
    tensors = [
        index
        for index, leaf in enumerate(leaves)
        if isinstance(leaf, tensorflow.TensorSpec)
    ]
    paths = [found[index][0] for index in tensors]
    specs = [leaves[index] for index in tensors]
    if not specs:
        raise InvalidInputError(
            f"Expected tensors among the arguments of {title}. Received none. "
            "Trace it with a `tf.TensorSpec` for each input."
        )
    inputs = read_inputs(paths, specs, input_shape, title)

    def call(arguments: Sequence[Any]) -> list[tuple[Any, Any]]:
        filled = list(leaves)
        for index, argument in zip(tensors, arguments, strict=True):
            filled[index] = argument
        args, kwargs = keras.tree.pack_sequence_as(structure, filled)
        return keras.tree.flatten_with_path(function(*args, **kwargs))

    def run(arrays: list[np.ndarray]) -> list[np.ndarray]:
        arguments = [
            tensorflow.constant(
                array if item.batched else array.reshape(item.shape)
            )
            for array, item in zip(arrays, inputs, strict=True)
        ]
        return [np.asarray(value) for _, value in call(arguments)]

    graph = trace(
        lambda *arguments: [value for _, value in call(arguments)],
        inputs,
        title,
    )
    outputs = keras.tree.flatten_with_path(function.structured_outputs)
    yield GraphSource(
        reference="the TensorFlow function",
        takes_batches=all(takes_batches(spec) for spec in specs),
        traced=TracedModel(
            title=title,
            function=graph,
            inputs=inputs,
            output_names=unique(
                key_of(path) or f"output_{index}"
                for index, (path, _) in enumerate(outputs)
            ),
            operations=operations_in(graph),
        ),
        run=run,
    )


def read_inputs(
    paths: Sequence[Any],
    specs: Sequence[Any],
    input_shape: InputShape,
    title: str,
) -> tuple[ModelInput, ...]:
    """Names and shapes of the tensors that a function takes.

    Raises:
        InvalidInputError: When a size stays open.
    """
    names = unique(
        key_of(path) or spec.name or f"input_{index}"
        for index, (path, spec) in enumerate(zip(paths, specs, strict=True))
    )
    wanted = shapes_by_name(input_shape, names)
    return tuple(
        read_input(
            name,
            None if spec.shape.rank is None else spec.shape.as_list(),
            spec.dtype.name,
            wanted.get(name),
            title,
        )
        for name, spec in zip(names, specs, strict=True)
    )


def takes_batches(spec: Any) -> bool:
    """Whether a tensor may hold any number of samples."""
    return spec.shape.rank is None or (
        spec.shape.rank > 0 and spec.shape[0] is None
    )


def traced_name(function: Any) -> str:
    """The name of a function in Python, without what TensorFlow adds."""
    name = function.name
    text = name.decode() if isinstance(name, bytes) else str(name)
    found = ADDED.match(text)
    return found[1] if found else text
