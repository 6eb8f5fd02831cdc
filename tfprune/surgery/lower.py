"""Convolutions with few columns, as a gather and a dense product."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.graph import PruningGraph, trace
from tfprune.graph.channels import Mask
from tfprune.graph.step import Step
from tfprune.surgery.changes import Changes
from tfprune.surgery.constants import WorkingWeights
from tfprune.surgery.lowering import Lowering
from tfprune.surgery.origin import origin_of
from tfprune.surgery.rebuild import rebuild

ENTRIES = (
    "name",
    "trainable",
    "dtype",
    "activation",
    "use_bias",
    "bias_initializer",
    "bias_regularizer",
    "bias_constraint",
    "kernel_regularizer",
    "kernel_constraint",
    "activity_regularizer",
)
"""Config entries of a convolution that a dense layer takes as they are."""

_SUMS = (
    keras.regularizers.L1,
    keras.regularizers.L2,
    keras.regularizers.L1L2,
)
ELEMENTWISE: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "kernel_regularizer": _SUMS,
        "kernel_constraint": (keras.constraints.NonNeg,),
        "activity_regularizer": _SUMS,
    }
)
"""What looks at each number by itself, so that it means the same in another
layout and where zeros are left out."""


def lowered(model: keras.Model, at_most: float) -> keras.Model:
    """Lowers the convolutions of which few columns are left.

    Args:
        model: A built model; it is not changed.
        at_most: The part of the columns up to which a convolution is lowered,
            from 0 to 1.

    Returns:
        A new model, or the same if there is nothing to lower.

    Raises:
        InvalidInputError: When `at_most` is out of range.
    """
    if not 0 <= at_most <= 1:
        raise InvalidInputError(
            "Expected lower_shapes to be the part of the columns up to which "
            "a convolution becomes a dense product, from 0 to 1. Received: "
            f"lower_shapes={at_most!r}. Where it is faster is measured by "
            "benchmarks/lowered_convolution.py; 0.25 is a good start."
        )
    if at_most == 0:
        return model
    graph = trace(model)
    found = candidates(graph)
    substitutes, weights, lowerings = {}, {}, {}
    for step in found:
        if obstacle(step.operation):
            continue
        kernel = ops.convert_to_numpy(step.operation.kernel)
        matrix = kernel.reshape(-1, kernel.shape[-1])
        columns = np.flatnonzero(matrix.any(axis=1))
        if 0 < len(columns) <= at_most * len(matrix):
            layer = step.operation
            substitutes[id(layer)] = dense_like(layer)
            weights[id(layer.kernel)] = matrix[columns]
            lowerings[id(step.node)] = Lowering.of(step, columns)
    if not lowerings:
        return model
    return rebuild(
        graph,
        Changes(substitutes=substitutes, weights=weights, lowerings=lowerings),
    )


def candidates(graph: PruningGraph) -> list[Step]:
    """The convolutions that could be lowered, whatever their weights."""
    if graph.kept or origin_of(graph.model) is not None:
        return []
    calls = Counter(id(step.operation) for step in graph.steps)
    holders = Counter(
        id(variable) for step in graph.steps for variable in step.weights
    )
    return [
        step
        for step in graph.steps
        if type(step.operation) is keras.layers.Conv2D
        and step.operation.groups == 1
        and step.operation.data_format == "channels_last"
        and None not in step.inputs[0].shape
        and calls[id(step.operation)] == 1
        and holders[id(step.operation.kernel)] == 1
    ]


def unlowered(
    graph: PruningGraph, weights: WorkingWeights, keep: Mask
) -> dict[str, str]:
    """The convolutions with columns of zeros whose settings no matrix takes.

    Args:
        graph: The traced model.
        weights: Its weights.
        keep: Which ids stay, and a last, true, for constants.

    Returns:
        What stands in the way, by the path of the layer.
    """
    found = {}
    for step in candidates(graph):
        reason = obstacle(step.operation)
        if reason:
            kernel = weights[id(step.operation.kernel)]
            (read,) = [x.ids for x in step.axes if x.role == "in"]
            columns = kernel[:, :, keep[read]].any(axis=-1)
            if not columns.all():
                found[step.path] = reason
    return found


def obstacle(layer: Any) -> str:
    """Why a convolution's settings are not those of a matrix, or nothing."""
    for entry, kinds in ELEMENTWISE.items():
        present = getattr(layer, entry)
        if present is not None and type(present) not in kinds:
            return (
                f"its {entry}, {type(present).__name__}, may mean something "
                "else for a matrix"
            )
    return ""


def dense_like(layer: Any) -> keras.layers.Dense:
    """A dense layer of a convolution's name, settings and units."""
    config = layer.get_config()
    return keras.layers.Dense.from_config(
        {"units": layer.filters, **{name: config[name] for name in ENTRIES}}
    )
