"""Operators that are put beside packed kernels."""

from tfprune.export.flatbuffer.model import Operator
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
    options = schema.MulOptionsT()
    options.fusedActivationFunction = activation
    return Operator(
        "MUL",
        [source, factor],
        [result],
        options_type=schema.BuiltinOptions.MulOptions,
        options=options,
    )


def add(
    source: Tensor, term: Tensor, result: Tensor, activation: int = 0
) -> Operator:
    """The operator that adds a constant; arguments as for `multiply`."""
    options = schema.AddOptionsT()
    options.fusedActivationFunction = activation
    return Operator(
        "ADD",
        [source, term],
        [result],
        options_type=schema.BuiltinOptions.AddOptions,
        options=options,
    )
