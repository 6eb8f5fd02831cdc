"""Tensors that a flat model computes in the place of what a `call` knew."""

from collections.abc import Sequence
from typing import Any

import keras

from tfprune.graph.operand import is_array


def spread_over_batch(value: Any, other: Any, rank: int) -> Any:
    """Repeats a tensor once for each example of another.

    Args:
        value: What to repeat, of size 1 on the batch axis or without it.
        other: A tensor with the batch axis.
        rank: Rank of the result.
    """
    place = (slice(None), *[slice(0, 1)] * (len(other.shape) - 1))
    examples = keras.ops.reshape(other[place], (-1, *[1] * (rank - 1)))
    zeros = keras.ops.zeros_like(examples, dtype=value.dtype)
    # Behind the value, Keras on TensorFlow would take zeros for the bias of as
    # many channels as there are examples.
    return keras.ops.add(zeros, value)


def made_symbolic(leaf: Any, anchor: Any) -> Any:
    """An array as a tensor of the model, so that what reads it is recorded.

    Args:
        leaf: Any argument of a call; what is no array is returned.
        anchor: An input of the model.
    """
    if not is_array(leaf):
        return leaf
    first = (slice(0, 1), *[0] * (len(anchor.shape) - 1))
    zero = keras.ops.zeros_like(anchor, dtype=leaf.dtype)[first]
    shape = [1] * max(len(leaf.shape), 1)
    # NumPy's own addition would ask for the numbers.
    return keras.ops.add(leaf, keras.ops.reshape(zero, shape))


def with_sizes(tensor: Any, shape: Sequence[int | None]) -> Any:
    """A tensor with sizes that its layer knew, but its parts do not."""
    unknown = [
        want is not None and have is None
        for have, want in zip(tensor.shape[1:], shape[1:], strict=True)
    ]
    if not any(unknown) or None in shape[1:]:
        return tensor
    return keras.ops.reshape(tensor, (-1, *shape[1:]))


def cast_like(tensor: Any, other: Any) -> Any:
    """A tensor in the dtype in which a composite layer would get it."""
    if tensor.dtype == other.dtype:
        return tensor
    return keras.ops.cast(tensor, other.dtype)
