"""What happens inside the `call` of a layer that has no handler."""

import inspect
from collections.abc import Sequence
from contextlib import nullcontext
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
    perturbed,
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


@dataclass(frozen=True, eq=False)
class _Run:
    """What one run of `call` recorded."""

    tensors: tuple[Any, ...]
    weights: tuple[tuple[Any, Any], ...]
    nodes: tuple[Any, ...]
    outputs: Any


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
        [static(x.full_shape, batch, unknown) for x in tensors]
        for batch, unknown in zip(BATCH_SIZES, SIZES, strict=True)
    )
    return first, second


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
    failure: Exception | None = None
    for variables in (layer.weights, own_variables(layer), []):
        try:
            first, second = (
                _run(layer, args, kwargs, sizes, dtypes, training, variables)
                for sizes, training in zip(shapes, (False, True), strict=True)
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
        variable=variable or entangled(layer, first),
    )


def _run(
    layer: keras.layers.Layer,
    args: Arguments,
    kwargs: Keywords,
    sizes: Sequence[Shape],
    dtypes: Sequence[str],
    training: bool,
    variables: Sequence[Any],
) -> _Run:
    tensors = [
        keras.KerasTensor(shape, dtype)
        for shape, dtype in zip(sizes, dtypes, strict=True)
    ]
    cast = layer.autocast and layer.compute_dtype != layer.variable_dtype
    weights = [
        (
            keras.KerasTensor(
                x.shape, layer.compute_dtype if cast else x.dtype
            ),
            x,
        )
        for x in variables
    ]
    args, kwargs = placed(args, kwargs, tensors)
    if "training" in inspect.signature(layer.call).parameters:
        kwargs = {"training": training, **kwargs}
    standing = {id(variable): tensor for tensor, variable in weights}
    rest = [x for x in layer.weights if id(x) not in standing]
    # In the second run weights hold other values: what was computed from
    # them without being recorded differs.
    with perturbed(rest) if training and rest else nullcontext():
        nodes, outputs = symbolic_call(layer, args, kwargs, standing)
    found = [x for x in tree.flatten(outputs) if x is not None]
    if not found or not all(map(is_symbolic, found)):
        raise UncoveredError("its call returns something that is no tensor")
    return _Run(tuple(tensors), tuple(weights), tuple(nodes), outputs)


def check_weights_recorded(nodes: Sequence[Any], others: Sequence[Any]) -> None:
    """Refuses arrays that `call` computes from weights unseen.

    Raises:
        UncoveredError: When an array of the same shape differs.
    """
    for node, other in zip(nodes, others, strict=False):
        pairs = zip(
            tree.flatten((node.arguments.args, node.arguments.kwargs)),
            tree.flatten((other.arguments.args, other.arguments.kwargs)),
            strict=False,
        )
        for one, two in pairs:
            array = hasattr(one, "__array__") and hasattr(two, "__array__")
            if array and tuple(one.shape) == tuple(two.shape):
                if not _equal(one, two):
                    raise UncoveredError(
                        "its call computes with weights of its parts before "
                        "it meets its inputs",
                        LEAVES_KERAS,
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


def entangled(layer: keras.layers.Layer, run: _Run) -> str:
    """Why a layer's calls mean something else outside of it, or nothing."""
    own = {id(x) for x in own_variables(layer)}
    foreign = {id(x) for x, variable in run.weights if id(variable) not in own}
    for node in run.nodes:
        leaves = tree.flatten((node.arguments.args, node.arguments.kwargs))
        for leaf in leaves:
            held = isinstance(leaf, keras.Variable) and id(leaf) not in own
            if held or id(leaf) in foreign:
                return "its call uses weights of another layer"
    if any(has_mask(x) for x in tree.flatten(run.outputs)):
        return "its output carries a mask"
    return ""


def compared(first: _Run, second: _Run) -> tuple[list[Call], str]:
    """Joins two recordings call by call.

    Returns:
        The calls, and why they are not the same, or an empty string.
    """
    kinds = [type(x.operation) for x in first.nodes]
    if kinds != [type(x.operation) for x in second.nodes]:
        return [Call(x) for x in first.nodes], "its call differs in training"
    calls, reasons = [], []
    for node, other in zip(first.nodes, second.nodes, strict=True):
        if spreads_over_batch(node, first) and spreads_over_batch(
            other, second
        ):
            calls.append(Call(node, other, spreads=True))
            continue
        dropped, reason = _passed_on(node, other)
        entries, unequal = _free_of_sizes(node, other)
        calls.append(Call(node, other, dropped, entries))
        reasons += [x for x in (reason, unequal) if x]
    return calls, reasons[0] if reasons else ""


def spreads_over_batch(node: Any, run: _Run) -> bool:
    """Whether a call repeats its input once for each example.

    Args:
        node: The call.
        run: The run that it was recorded in.
    """
    kind = type(node.operation).__name__
    if kind not in ("BroadcastTo", "Repeat", "Tile"):
        return False
    before = tuple(node.input_tensors[0].shape)
    after = tuple(node.outputs[0].shape)
    before = (1,) * (len(after) - len(before)) + before
    shapes = [tuple(x.shape) for x in run.tensors]
    batch = shapes[0][0] if shapes and shapes[0] else None
    return before[0] == 1 and after[0] == batch and before[1:] == after[1:]


def _passed_on(node: Any, other: Any) -> tuple[frozenset[str], str]:
    """Which arguments only pass on `training`, and whether others differ."""
    dropped = set()
    for name, value in node.arguments.kwargs.items():
        if value is False and other.arguments.kwargs.get(name) is True:
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
