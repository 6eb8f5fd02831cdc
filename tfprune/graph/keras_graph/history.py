"""What symbolic tensors come from."""

from collections.abc import Callable, Sequence
from typing import Any

from keras import tree

from tfprune.graph.keras_graph.calls import is_symbolic


def ancestors(
    tensors: Sequence[Any], followed: Callable[[Any], bool] = is_symbolic
) -> list[Any]:
    """The nodes that tensors come from, each after those it depends on.

    Args:
        tensors: The tensors.
        followed: Whether to ask where a tensor comes from.
    """
    order: list[Any] = []
    seen: set[int] = set()
    stack = [
        (node, False)
        for x in filter(followed, tensors)
        for node in producers_of([x])
    ]
    while stack:
        node, expanded = stack.pop()
        if expanded:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            before = filter(followed, node.input_tensors)
            stack += [(x, False) for x in producers_of(list(before))]
    return order


def producers_of(tensors: Sequence[Any]) -> list[Any]:
    """The nodes that returned some symbolic tensors."""
    nodes = []
    for tensor in tensors:
        history = getattr(tensor, "_keras_history", None)
        if history is not None and history.operation is not None:
            nodes.append(history.operation._inbound_nodes[history.node_index])
    return nodes


def settle_sparsity(tensors: Any) -> None:
    """Marks tensors as dense that Keras takes for sparse.

    It does so with the product of a dense tensor and a number or an array,
    and a layer that runs its `call` to know its output's shape then fails.

    Args:
        tensors: A structure of symbolic tensors and anything else.
    """
    leaves = tree.flatten(tensors)
    for node in ancestors(leaves, is_sparse):
        # One hot encodings and the like are sparse where they are told to.
        told = getattr(node.operation, "sparse", False)
        if not told and not any(map(is_sparse, node.input_tensors)):
            for tensor in node.outputs:
                tensor._sparse = False


def is_sparse(x: Any) -> bool:
    """Whether an object is a symbolic tensor that is held sparsely."""
    return is_symbolic(x) and x.sparse
