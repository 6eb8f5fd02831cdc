"""Operators that are put beside packed kernels."""

import numpy as np

from tfprune.export.flatbuffer.model import Operator, Subgraph
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Tensor


def dequantize(source: Tensor, result: Tensor) -> Operator:
    """The operator that turns scaled integers into floats."""
    return Operator("DEQUANTIZE", [source], [result])


def multiply(
    source: Tensor, factor: Tensor, result: Tensor, activation: int = 0
) -> Operator:
    """The operator that multiplies by a constant.

    Args:
        source: What is multiplied.
        factor: The constant.
        result: The product.
        activation: The schema's number of what follows it.
    """
    return arithmetic("Mul", [source, factor], result, activation)


def add(
    source: Tensor, term: Tensor, result: Tensor, activation: int = 0
) -> Operator:
    """The operator that adds a constant; arguments as for `multiply`."""
    return arithmetic("Add", [source, term], result, activation)


def reshape(source: Tensor, result: Tensor, subgraph: Subgraph) -> Operator:
    """The operator that gives a tensor the shape of another one.

    Args:
        source: What is reshaped.
        result: What it becomes.
        subgraph: Where the constant of the shape is put.
    """
    sizes = np.asarray(result.shape, "i4")
    shape = Tensor(
        f"{result.name}/shape", "INT32", sizes.shape, sizes.view(np.uint8)
    )
    subgraph.tensors.append(shape)
    options = schema.ReshapeOptionsT()
    options.newShape = list(result.shape)
    return Operator(
        "RESHAPE",
        [source, shape],
        [result],
        options_type=schema.BuiltinOptions.ReshapeOptions,
        options=options,
    )


def arithmetic(
    name: str, inputs: list[Tensor], result: Tensor, activation: int
) -> Operator:
    """An operator of two inputs, `"Add"` or `"Mul"`."""
    options = getattr(schema, f"{name}OptionsT")()
    options.fusedActivationFunction = activation
    return Operator(
        name.upper(),
        list(inputs),
        [result],
        options_type=getattr(schema.BuiltinOptions, f"{name}Options"),
        options=options,
    )
