"""Two runs of a `call` compared: what is its own, and what is not."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import tree

from tfprune.graph.binding import UncoveredError
from tfprune.graph.keras_graph import Call, is_graph, is_symbolic
from tfprune.graph.recorded_run import RecordedRun

LEAVES_KERAS = (
    "write it with keras.ops, or train with masks and strip the exported file"
)


def compared(first: RecordedRun, second: RecordedRun) -> tuple[list[Call], str]:
    """Joins two recordings call by call.

    Returns:
        The calls, and why they are not the same, or an empty string.
    """
    kinds = [type(x.operation) for x in first.nodes]
    if kinds != [type(x.operation) for x in second.nodes]:
        calls = [Call(x, settled=False) for x in first.nodes]
        return calls, _explained("its call differs")
    calls, reasons = [], []
    for node, other in zip(first.nodes, second.nodes, strict=True):
        if spreads_over_batch(node, first) and spreads_over_batch(
            other, second
        ):
            calls.append(Call(node, other, spreads=True))
            continue
        dropped, reason = _passed_on(node, other)
        entries, unequal = _free_of_sizes(node, other)
        calls.append(
            Call(node, other, dropped, entries, settled=not (reason or unequal))
        )
        reasons += [x for x in (reason, unequal) if x]
    return calls, reasons[0] if reasons else ""


def spreads_over_batch(node: Any, run: RecordedRun) -> bool:
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
    own = node.arguments.kwargs.get("training")
    if own is not None and "training" not in dropped:
        # A functional model would hand its own on.
        return frozenset(dropped), (
            f"its call always passes training={own} to '{node.operation.name}'"
        )
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


def different(nodes: Sequence[Any], calls: Sequence[Call]) -> str:
    """How the calls of a copy differ from the original's, or nothing.

    Args:
        nodes: The calls of the original.
        calls: The calls of the copy.
    """
    kinds = [kind_of(x.operation) for x in nodes]
    if kinds != [kind_of(x.operation) for x in calls]:
        return "it makes other calls"
    for node, call in zip(nodes, calls, strict=True):
        if isinstance(node.operation, keras.layers.Layer):
            continue
        pairs = zip(
            tree.flatten((node.arguments.args, node.arguments.kwargs)),
            tree.flatten(
                (call.node.arguments.args, call.node.arguments.kwargs)
            ),
            strict=False,
        )
        same = all(is_symbolic(one) or _equal(one, two) for one, two in pairs)
        if not same or not _same_settings(node, call.node):
            return f"'{node.operation.name}' is given other numbers"
    return ""


def kind_of(operation: Any) -> type:
    """The class of an operation; a stack of layers may be copied as a model."""
    return keras.Model if is_graph(operation) else type(operation)


def _same_settings(node: Any, other: Any) -> bool:
    first, second = vars(node.operation), vars(other.operation)
    return all(
        _equal(value, second.get(name))
        for name, value in first.items()
        if not name.startswith("_") and name != "name"
    )
