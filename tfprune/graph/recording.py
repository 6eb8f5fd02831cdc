"""What happens inside the `call` of a layer that has no handler."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import tree

from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import ChannelTensor, Shape
from tfprune.graph.keras_graph import (
    Arguments,
    Call,
    Keywords,
    Visit,
    has_mask,
    is_symbolic,
    own_variables,
    run_calls,
    symbolic_call,
)

SIZES = (32, 64)
"""What unknown dimensions are in the first and in the second recording."""
BATCH_SIZES = (2, 3)
LEAVES_KERAS = (
    "write it with keras.ops, or train with masks and strip the exported file"
)


@dataclass(frozen=True, eq=False)
class Recording:
    """The calls inside one call of a composite layer.

    Attributes:
        layer: The composite layer.
        arguments: The positional and keyword arguments that it was called
            with, tensors symbolic.
        inputs: The symbolic tensors that it was called on.
        calls: What it called, in order.
        outputs: What it returned, a structure of symbolic tensors.
        variable: Why what it calls depends on more than its inputs (the batch
            size, `training`); empty where it does not.
    """

    layer: Any
    arguments: tuple[Arguments, Keywords]
    inputs: tuple[Any, ...]
    calls: tuple[Call, ...]
    outputs: Any
    variable: str

    def run(self, inputs: Sequence[Any], visit: Visit) -> Any:
        """Runs the calls with another meaning; see `run_calls`."""
        return run_calls(self.calls, self.inputs, self.outputs, inputs, visit)


def recorded_shapes(
    call: Call, tensors: Sequence[ChannelTensor]
) -> tuple[Sequence[Shape], Sequence[Shape]]:
    """Static shapes for the two recordings of a composite layer.

    Args:
        call: The call of the layer.
        tensors: The tensors that it is called on.
    """
    if call.twin is not None:
        first = [x.full_shape for x in tensors]
        return first, [tuple(x.shape) for x in call.twin.input_tensors]
    first, second = (
        [
            tuple(
                size or (batch if axis == 0 else unknown)
                for axis, size in enumerate(x.full_shape)
            )
            for x in tensors
        ]
        for batch, unknown in zip(BATCH_SIZES, SIZES, strict=True)
    )
    return first, second


def record(
    layer: keras.layers.Layer,
    args: Arguments,
    kwargs: Keywords,
    shapes: tuple[Sequence[Shape], Sequence[Shape]],
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
        shapes: Static shapes of the tensors in each run.
        dtypes: Their dtypes.

    Returns:
        The recording of the first run.

    Raises:
        UncoveredError: When `call` fails or does not return tensors.
    """
    runs = []
    for sizes, training in zip(shapes, (False, True), strict=True):
        tensors = [
            keras.KerasTensor(shape, dtype)
            for shape, dtype in zip(sizes, dtypes, strict=True)
        ]
        runs.append((tensors, *_run(layer, args, kwargs, tensors, training)))
    (tensors, nodes, outputs), (_, others, _) = runs
    calls, variable = compared(nodes, others)
    variable = variable or entangled(layer, calls, outputs)
    return Recording(
        layer=layer,
        arguments=placed(args, kwargs, tensors),
        inputs=tuple(tensors),
        calls=tuple(calls),
        outputs=outputs,
        variable=variable,
    )


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


def entangled(
    layer: keras.layers.Layer, calls: Sequence[Call], outputs: Any
) -> str:
    """Why a layer's calls mean something else outside of it, or nothing."""
    own = {id(x) for x in own_variables(layer)}
    used = [
        leaf
        for call in calls
        if not isinstance(call.operation, keras.layers.Layer)
        for leaf in tree.flatten(
            (call.node.arguments.args, call.node.arguments.kwargs)
        )
        if isinstance(leaf, keras.Variable)
    ]
    if any(id(x) not in own for x in used):
        return "its call uses weights of another layer"
    if any(has_mask(x) for x in tree.flatten(outputs)):
        return "its output carries a mask"
    return ""


def _run(
    layer: keras.layers.Layer,
    args: Arguments,
    kwargs: Keywords,
    tensors: Sequence[Any],
    training: bool,
) -> tuple[list[Any], Any]:
    args, kwargs = placed(args, kwargs, tensors)
    if "training" in inspect.signature(layer.call).parameters:
        kwargs = {"training": training, **kwargs}
    try:
        nodes, outputs = symbolic_call(layer, args, kwargs)
    except Exception as error:
        line = str(error).strip().splitlines()
        raise UncoveredError(
            f"its call fails on symbolic tensors "
            f"({type(error).__name__}: {line[0] if line else ''})",
            LEAVES_KERAS,
        ) from error
    found = [x for x in tree.flatten(outputs) if x is not None]
    if not found or not all(map(is_symbolic, found)):
        raise UncoveredError("its call returns something that is no tensor")
    return nodes, outputs


def compared(
    nodes: Sequence[Any], others: Sequence[Any]
) -> tuple[list[Call], str]:
    """Joins two recordings call by call.

    Returns:
        The calls, and why they are not the same, or an empty string.
    """
    if [type(x.operation) for x in nodes] != [
        type(x.operation) for x in others
    ]:
        return [Call(x) for x in nodes], "its call differs in training"
    calls, reasons = [], []
    for node, other in zip(nodes, others, strict=True):
        dropped, reason = _passed_on(node, other)
        entries, unequal = _free_of_sizes(node, other)
        calls.append(Call(node, other, dropped, entries))
        reasons += [x for x in (reason, unequal) if x]
    return calls, reasons[0] if reasons else ""


def _passed_on(node: Any, other: Any) -> tuple[frozenset[str], str]:
    """Which arguments only pass on `training`, and whether others differ."""
    dropped = set()
    for name, value in node.arguments.kwargs.items():
        if (value, other.arguments.kwargs.get(name)) == (False, True):
            dropped.add(name)
    pairs = zip(
        tree.flatten((node.arguments.args, _without(node, dropped))),
        tree.flatten((other.arguments.args, _without(other, dropped))),
        strict=False,
    )
    same = all(is_symbolic(a) or _equal(a, b) for a, b in pairs)
    reason = "" if same else f"'{node.operation.name}' is given other numbers"
    return frozenset(dropped), _explained(reason)


def _without(node: Any, names: set[str]) -> dict[str, Any]:
    return {k: v for k, v in node.arguments.kwargs.items() if k not in names}


def _free_of_sizes(node: Any, other: Any) -> tuple[dict[str, Any], str]:
    """Config entries without sizes, and whether some cannot be had."""
    if node.operation is other.operation or isinstance(
        node.operation, keras.layers.Layer
    ):
        same = node.operation is other.operation
        return {}, "" if same else "its call makes layers"
    first, second = vars(node.operation), vars(other.operation)
    private = ("name", "_auto_config")
    if all(
        _equal(value, second.get(name))
        for name, value in first.items()
        if not name.startswith("_") and name not in private
    ):
        return {}, ""
    if type(node.operation).__name__ == "Reshape":
        shapes = node.outputs[0].shape, other.outputs[0].shape
        target = [a if a == b else -1 for a, b in zip(*shapes, strict=False)]
        if len(shapes[0]) == len(shapes[1]) and target.count(-1) == 1:
            return {"newshape": tuple(target)}, ""
    return {}, _explained(f"'{node.operation.name}' is given other sizes")


def _explained(reason: str) -> str:
    return f"{reason} for another batch size or in training" if reason else ""


def _equal(first: Any, second: Any) -> bool:
    if first is second:
        return True
    if hasattr(first, "__array__") or hasattr(second, "__array__"):
        if isinstance(first, keras.Variable):
            return False
        one, two = (keras.ops.convert_to_numpy(x) for x in (first, second))
        return one.shape == two.shape and bool(np.array_equal(one, two))
    try:
        return bool(first == second)
    except (TypeError, ValueError):
        return False
