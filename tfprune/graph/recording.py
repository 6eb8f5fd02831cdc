"""What happens inside the `call` of a layer that has no handler."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import keras
from keras import tree

from tfprune.errors import InvalidInputError
from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import ChannelTensor, Shape
from tfprune.graph.comparison import (
    LEAVES_KERAS,
    check_weights_recorded,
    compared,
    different,
)
from tfprune.graph.flattening import obstacle
from tfprune.graph.keras_graph import (
    Arguments,
    Call,
    Keywords,
    Visit,
    is_symbolic,
    own_variables,
    run_calls,
)
from tfprune.graph.recorded_run import placed, run_call

SIZES = (32, 64)
"""What unknown dimensions are in the first and in the second recording."""
BATCH_SIZES = ((2, 1), (2, 3))
"""Batch sizes of both recordings, and others for a `call` that fails on one
example alone."""


@dataclass(frozen=True, eq=False)
class Recording:
    """The calls inside one call of a composite layer.

    Attributes:
        layer: The composite layer.
        arguments: The positional and keyword arguments that it was called
            with, tensors symbolic.
        inputs: The symbolic tensors that it was called on.
        weights: Symbolic tensors that stand for variables, with these.
        calls: What it called, in order.
        outputs: What it returned, a structure of symbolic tensors.
        variable: Why what it calls depends on more than its inputs (the batch
            size, `training`); empty where it does not.
    """

    layer: Any
    arguments: tuple[Arguments, Keywords]
    inputs: tuple[Any, ...]
    weights: tuple[tuple[Any, Any], ...]
    calls: tuple[Call, ...]
    outputs: Any
    variable: str

    def run(self, inputs: Sequence[Any], visit: Visit) -> Any:
        """Runs the calls with another meaning; see `run_calls`."""
        tensors = [*self.inputs, *(x for x, _ in self.weights)]
        values = [*inputs, *(x for _, x in self.weights)]
        return run_calls(self.calls, tensors, self.outputs, values, visit)


def recorded_shapes(
    call: Call, tensors: Sequence[ChannelTensor]
) -> list[tuple[Sequence[Shape], Sequence[Shape]]]:
    """Static shapes for the two recordings of a composite layer.

    Args:
        call: The call of the layer.
        tensors: The tensors that it is called on.

    Returns:
        The shapes for both, and others to take where those do not do.
    """
    if call.twin is not None:
        first = [x.full_shape for x in tensors]
        return [(first, [tuple(x.shape) for x in call.twin.input_tensors])]
    pairs: list[tuple[Sequence[Shape], Sequence[Shape]]] = []
    for batches in BATCH_SIZES:
        first, second = (
            [static(x.full_shape, batch, unknown) for x in tensors]
            for batch, unknown in zip(batches, SIZES, strict=True)
        )
        pairs.append((first, second))
    return pairs


def static(shape: Shape, batch: int, unknown: int) -> Shape:
    """A shape with its unknown sizes filled in."""
    return tuple(
        size or (batch if axis == 0 else unknown)
        for axis, size in enumerate(shape)
    )


def record(
    layer: keras.layers.Layer,
    args: Arguments,
    kwargs: Keywords,
    shapes: Sequence[tuple[Sequence[Shape], Sequence[Shape]]],
    dtypes: Sequence[str],
) -> Recording:
    """Runs a layer's `call` twice on symbolic tensors and compares.

    The second run has another batch size, other sizes where they are unknown,
    and trains: what then differs is not fixed by the layer.

    Args:
        layer: A built layer.
        args: Positional arguments, with placeholders for tensors (leaves of
            any type that has `full_shape`).
        kwargs: Keyword arguments.
        shapes: Static shapes of the tensors in both runs, and others to take
            where `call` fails on those.
        dtypes: Their dtypes.

    Returns:
        The recording of the first run.

    Raises:
        UncoveredError: When `call` fails or does not return tensors.
    """
    failure: Exception | None = None
    replaced: tuple[Sequence[Any], ...] = (
        layer.weights,
        own_variables(layer),
        [],
    )
    for variables, pair in product(replaced, shapes):
        try:
            first, second = (
                run_call(
                    layer, args, kwargs, sizes, dtypes, training, variables
                )
                for sizes, training in zip(pair, (False, True), strict=True)
            )
            break
        except UncoveredError:
            raise
        except Exception as error:
            # A part that runs its own `call` takes no symbolic weights.
            failure = failure or error
    else:
        line = str(failure).strip().splitlines()
        raise UncoveredError(
            "its call fails on symbolic tensors "
            f"({type(failure).__name__}: {line[0] if line else ''})",
            LEAVES_KERAS,
        ) from failure
    calls, variable = compared(first, second)
    if variable and len(variables) < len(layer.weights):
        check_weights_recorded(first.nodes, second.nodes)
    return Recording(
        layer=layer,
        arguments=placed(args, kwargs, first.tensors),
        inputs=first.tensors,
        weights=first.weights,
        calls=tuple(calls),
        outputs=first.outputs,
        variable=(
            variable or first.effect or second.effect or obstacle(layer, first)
        ),
    )


def check_same_calls(
    recording: Recording, layer: keras.layers.Layer, tensors: Sequence[Any]
) -> None:
    """Refuses a copy of a composite layer that computes something else.

    Args:
        recording: What the original calls.
        layer: The copy, built.
        tensors: The symbolic tensors that it is called on.

    Raises:
        InvalidInputError: When it makes other calls, or with other numbers.
    """
    shapes = [
        tuple(
            one if size is None else size
            for size, one in zip(x.shape, recorded.shape, strict=True)
        )
        for x, recorded in zip(tensors, recording.inputs, strict=True)
    ]
    shapes = [
        (recorded.shape[0], *shape[1:])
        for shape, recorded in zip(shapes, recording.inputs, strict=True)
    ]
    args, kwargs = tree.map_structure(
        lambda x: Placeholder(tuple(x.shape)) if is_symbolic(x) else x,
        recording.arguments,
    )
    dtypes = [x.dtype for x in tensors]
    again = record(layer, args, kwargs, [(shapes, shapes)], dtypes)
    reason = different([x.node for x in recording.calls], again.calls)
    if reason:
        raise InvalidInputError(
            f"Layer '{layer.name}' ({type(layer).__name__}) computes with the "
            f"number of its channels: {reason} once channels are gone. Write "
            "that number down in the layer, or pass flatten=True."
        )


@dataclass(frozen=True)
class Placeholder:
    """Stands for a symbolic tensor among the arguments of a call."""

    full_shape: Shape
