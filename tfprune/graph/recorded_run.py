"""One run of a composite layer's `call` on symbolic tensors."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import tree

from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import Shape
from tfprune.graph.keras_graph import (
    Arguments,
    Keywords,
    is_symbolic,
    stateless_scope,
    symbolic_call,
)


@dataclass(frozen=True, eq=False)
class RecordedRun:
    """What one run of `call` recorded.

    Attributes:
        tensors: The symbolic tensors that it was called on.
        weights: Symbolic tensors that stood for variables, with these.
        nodes: What it called, in order.
        outputs: What it returned.
        effect: What it did besides, such as assigning to a variable; empty
            where it did nothing.
    """

    tensors: tuple[Any, ...]
    weights: tuple[tuple[Any, Any], ...]
    nodes: tuple[Any, ...]
    outputs: Any
    effect: str


def run_call(
    layer: keras.layers.Layer,
    args: Arguments,
    kwargs: Keywords,
    shapes: Sequence[Shape],
    dtypes: Sequence[str],
    training: bool,
    variables: Sequence[Any],
) -> RecordedRun:
    """Runs a layer's `call` on symbolic tensors.

    Args:
        layer: A built layer.
        args: Positional arguments, with placeholders for tensors.
        kwargs: Keyword arguments.
        shapes: Static shapes of the tensors.
        dtypes: Their dtypes.
        training: What `training` is, where `call` asks for it. In training
            variables that nothing stands for hold other values, so that what
            is computed from them unseen differs.
        variables: The variables that symbolic tensors stand for.

    Raises:
        UncoveredError: When it does not return tensors.
    """
    tensors = [
        keras.KerasTensor(shape, cast_to(layer, dtype))
        for shape, dtype in zip(shapes, dtypes, strict=True)
    ]
    weights = [
        (keras.KerasTensor(x.shape, cast_to(layer, x.dtype)), x)
        for x in variables
    ]
    args, kwargs = placed(args, kwargs, tensors)
    if "training" in inspect.signature(layer.call).parameters:
        # A model hands its own on, whatever was passed when it was made.
        kwargs = {**kwargs, "training": training}
    standing = {id(variable): tensor for tensor, variable in weights}
    rest = [x for x in layer.weights if id(x) not in standing]
    with stateless_scope(rest if training else []) as scope:
        held = dict(scope.state_mapping)
        nodes, outputs, effect = symbolic_call(
            layer, args, kwargs, standing, training
        )
        if scope.losses:
            effect = "its call adds a loss"
        now = scope.state_mapping
        if any(now[key] is not held.get(key) for key in now):
            effect = "its call assigns to a variable"
    found = [x for x in tree.flatten(outputs) if x is not None]
    if not found or not all(map(is_symbolic, found)):
        raise UncoveredError("its call returns something that is no tensor")
    return RecordedRun(
        tuple(tensors), tuple(weights), tuple(nodes), outputs, effect
    )


def cast_to(layer: keras.layers.Layer, dtype: str) -> str:
    """The dtype in which a layer gets something: its own, for numbers."""
    number = "float" in keras.backend.standardize_dtype(dtype)
    return layer.compute_dtype if layer.autocast and number else dtype


def placed(
    args: Arguments, kwargs: Keywords, tensors: Sequence[Any]
) -> tuple[Arguments, Keywords]:
    """Arguments with symbolic tensors in the place of what stands for them."""
    remaining = iter(tensors)
    args, kwargs = tree.map_structure(
        lambda x: next(remaining) if hasattr(x, "full_shape") else x,
        (args, kwargs),
    )
    return args, kwargs
