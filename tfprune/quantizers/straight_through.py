"""Gradients for functions that have none of their own."""

from typing import Any

from keras import ops

Tensor = Any


def straight_through(value: Tensor, surrogate: Tensor) -> Tensor:
    """Returns a tensor with one value and another's gradient.

    Args:
        value: What comes out, exactly.
        surrogate: Finite tensor of the same shape, whose gradient it has.

    Returns:
        Tensor of the shape and dtype of `value`.

    Example:

    ```python
    y = straight_through(ops.round(x), x)   # rounds; slope 1
    ```
    """
    surrogate = ops.cast(surrogate, value.dtype)
    return ops.stop_gradient(value) + (surrogate - ops.stop_gradient(surrogate))


def passing(inputs: Tensor, where: Tensor) -> Tensor:
    """Returns a surrogate whose slope is 1 in some places and 0 elsewhere.

    `ops.clip` would do, were it not for its slope at the bounds, where
    clipped weights lie: 1 on TensorFlow and 1/2 on JAX.

    Args:
        inputs: Float tensor.
        where: Bool tensor of the same shape, true where the slope is 1.
    """
    return inputs * ops.cast(where, inputs.dtype)


def rounded(inputs: Tensor) -> Tensor:
    """Rounds to the nearest whole number, halves to even ones, with slope 1."""
    return straight_through(ops.round(inputs), inputs)
