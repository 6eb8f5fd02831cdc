"""Dense layers over several axes, as matrices between reshapes."""

import math
from typing import Any

from keras import layers, ops

from tfprune.quantization.activation_name import function_name
from tfprune.quantization.decomposition import Simpler, decomposes, filled
from tfprune.quantization.decompositions.activation import activated
from tfprune.quantization.scaled_constraint import scaled_constraint
from tfprune.quantization.scaled_regularizer import scaled_regularizer


@decomposes(layers.EinsumDense)
def einsum_dense(layer: Any) -> Simpler | None:
    summed = summed_axes(layer.equation)
    if summed is None:
        return None
    kernel = tuple(layer.kernel.shape)
    outer = kernel[summed:]

    def call(x: Any) -> Any:
        lead = tuple(x.shape[1 : len(x.shape) - summed])
        return matrix_product(layer, x, lead, summed, outer)

    if layer.bias is not None and tuple(layer.bias.shape) != outer:
        return None
    return call


def matrix_product(
    layer: Any,
    x: Any,
    lead: tuple[int | None, ...],
    summed: int,
    outer: tuple[int, ...],
    *,
    factor: float = 1.0,
    name: str = "dense",
) -> Any:
    """What an `EinsumDense` computes, by a dense layer of rank 2.

    Args:
        layer: The layer.
        x: Symbolic tensor that it is called on.
        lead: The sizes that stay, without the batch.
        summed: How many axes are summed over, the last of `x`.
        outer: The sizes of the axes that come in their place.
        factor: What the results are multiplied by, before the activation.
        name: What to call the dense layer.
    """
    kernel = ops.convert_to_numpy(layer.kernel)
    inner = math.prod(kernel.shape[:summed])
    if summed > 1:
        x = layers.Reshape(sizes((*lead, inner)), name=f"{name}_together")(x)
    dense = layers.Dense(
        math.prod(outer),
        use_bias=layer.bias is not None,
        **reshaped_settings(layer, factor),
        dtype=layer.dtype_policy,
        trainable=layer.trainable,
        name=name,
    )
    bias = None
    if layer.bias is not None:
        bias = factor * ops.convert_to_numpy(layer.bias).reshape(-1)
    y = filled(dense, x, factor * kernel.reshape(inner, -1), bias)
    if len(outer) > 1:
        y = layers.Reshape(sizes((*lead, *outer)), name=f"{name}_apart")(y)
    linear = function_name(layer.activation) == "linear"
    return y if linear else activated(layer, y)


def reshaped_settings(layer: Any, factor: float) -> dict[str, Any]:
    """Constraints and regularizers, for weights in other shapes.

    Args:
        layer: An `EinsumDense` layer.
        factor: What its weights are multiplied by.
    """
    settings = {}
    for name in ("kernel", "bias"):
        variable = getattr(layer, name)
        for kind, of in (
            ("constraint", scaled_constraint),
            ("regularizer", scaled_regularizer),
        ):
            known = getattr(layer, f"{name}_{kind}")
            settings[f"{name}_{kind}"] = (
                None
                if variable is None
                else of(known, factor, shape=tuple(variable.shape))
            )
    return settings


def sizes(shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """A target shape, with -1 for the one size that is not known."""
    return tuple(-1 if n is None else n for n in shape)


def summed_axes(equation: str) -> int | None:
    """How many axes an equation sums over, where it is a matrix product.

    Args:
        equation: Such as `"abc,cde->abde"` or `"...x,xy->...y"`.

    Returns:
        How many of the last axes of the inputs are the first of the kernel;
        None where the equation is of another kind.
    """
    left, output = equation.replace("...", "0").split("->")
    inputs, kernel = left.split(",")
    count = len([x for x in inputs if x in kernel])
    if count == 0 or inputs[-count:] != kernel[:count]:
        return None
    if inputs[:-count] + kernel[count:] != output:
        return None
    return count
