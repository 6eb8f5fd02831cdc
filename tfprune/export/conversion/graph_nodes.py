"""The nodes that a result of a TensorFlow graph depends on."""

from collections.abc import Iterator, Sequence
from typing import Any


def reachable_nodes(graph_def: Any, outputs: Sequence[str]) -> Iterator[Any]:
    """Yields the nodes that outputs depend on, also inside functions.

    A SavedModel holds much else beside a signature: training steps, other
    signatures, saving and restoring.

    Args:
        graph_def: A `tensorflow` GraphDef. The nodes are its own: changing
            one changes it.
        outputs: Names of nodes.
    """
    nodes = {node.name: node for node in graph_def.node}
    library = {item.signature.name: item for item in graph_def.library.function}
    names, seen = list(outputs), set()
    called: set[str] = set()
    pending: list[Any] = []
    while names or pending:
        if names:
            name = node_of(names.pop())
            if name in seen or name not in nodes:
                continue
            seen.add(name)
            node = nodes[name]
            names.extend(node.input)
        else:
            node = pending.pop()
        yield node
        for function in functions_of(node):
            if function in library and function not in called:
                called.add(function)
                pending.extend(library[function].node_def)


def operations_of(graph_def: Any, outputs: Sequence[str]) -> frozenset[str]:
    """Types of the operations that outputs depend on."""
    return frozenset(node.op for node in reachable_nodes(graph_def, outputs))


def node_of(name: str) -> str:
    """The node that an input or a tensor, such as `"^a"` or `"a:0"`, names."""
    return name.removeprefix("^").partition(":")[0]


def functions_of(node: Any) -> Iterator[str]:
    """Names of the functions that a node may call."""
    yield node.op
    for attribute in node.attr.values():
        yield attribute.func.name
        yield from (item.name for item in attribute.list.func)
