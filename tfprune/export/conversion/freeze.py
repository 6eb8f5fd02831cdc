"""Variables of a TensorFlow session, made constants of its graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.graph_nodes import (
    node_of,
    operations_of,
    reachable_nodes,
)
from tfprune.export.dependencies import require
from tfprune.export.error_line import error_line
from tfprune.export.quiet import quiet_native_logs

ASSIGNMENTS = frozenset(
    {"AssignAddVariableOp", "AssignSubVariableOp", "AssignVariableOp"}
)

# Which input of an operation states the shape of the elements of a list.
LIST_SHAPES = {
    "TensorListFromTensor": 1,
    "TensorListReserve": 0,
    "TensorListStack": 1,
}


@dataclass(frozen=True)
class FrozenGraph:
    """A graph whose variables are constants.

    Args:
        graph_def: The `tensorflow` GraphDef.
        operations: Types of its operations.
        warnings: What was left out, one sentence each.
    """

    graph_def: Any
    operations: frozenset[str]
    warnings: tuple[str, ...]

    @property
    def node_names(self) -> set[str]:
        """Names of its nodes, functions apart."""
        return {node.name for node in self.graph_def.node}


def freeze(session: Any, outputs: Sequence[str], title: str) -> FrozenGraph:
    """Freezes the part of a graph that outputs depend on.

    Args:
        session: A `tensorflow` session that holds the variables.
        outputs: Names of tensors.
        title: What to call the model in messages.

    Raises:
        InvalidInputError: When the outputs depend on a lookup table, or on
            variables in a way that cannot be frozen.
    """
    tensorflow = require("tensorflow")
    names = [node_of(output) for output in outputs]
    graph_def = session.graph.as_graph_def()
    nodes = list(reachable_nodes(graph_def, names))
    operations = frozenset(node.op for node in nodes)
    tables = sorted(name for name in operations if "Table" in name)
    if tables:
        raise InvalidInputError(
            f"{title} looks values up in a table, which must be initialized "
            f"before use ({', '.join(tables)}), and a .tflite file cannot be "
            "verified with that. Leave the lookup out of the exported "
            "signature, and feed it what the table gives."
        )
    close_batch_of_lists(nodes)
    num_assigned = sum(drop_assignment(node) for node in nodes)
    try:
        with quiet_native_logs():
            frozen = tensorflow.compat.v1.graph_util
            graph_def = frozen.convert_variables_to_constants(
                session, graph_def, names
            )
    except (
        AttributeError,
        LookupError,
        RuntimeError,
        TypeError,
        ValueError,
        tensorflow.errors.OpError,
    ) as error:
        raise InvalidInputError(
            f"{title} is damaged, or uses its variables in a way that cannot "
            f"be frozen: {error_line(error)}"
        ) from error
    return FrozenGraph(
        graph_def=graph_def,
        operations=operations_of(graph_def, names),
        warnings=(
            f"The model assigns to {num_assigned} variables while it "
            "computes; in the file they are constant.",
        )
        if num_assigned
        else (),
    )


def drop_assignment(node: Any) -> bool:
    """Takes an assignment to a variable out of a graph; says if it was one.

    Layers that mask their weights write them back whenever they are called.
    Whether anything but their order hangs on it, the comparison shows.
    """
    if node.op not in ASSIGNMENTS:
        return False
    control = [name for name in node.input if name.startswith("^")]
    node.op = "NoOp"
    node.attr.clear()
    del node.input[:]
    node.input.extend(control)
    return True


def close_batch_of_lists(nodes: Sequence[Any]) -> None:
    """Gives the lists that loops fill a batch of 1 in place of an open one.

    LiteRT wants to know the shape of their elements, and a recurrent layer
    that was traced for any batch states it as a constant `[-1, units]`.

    Args:
        nodes: Nodes of a graph and of its functions; they are changed.
    """
    tensorflow = require("tensorflow")
    shapes = {
        node_of(node.input[LIST_SHAPES[node.op]])
        for node in nodes
        if node.op in LIST_SHAPES
    }
    for node in nodes:
        if node.op != "Const" or node.name not in shapes:
            continue
        shape = tensorflow.make_ndarray(node.attr["value"].tensor)
        if shape.ndim == 1 and shape[:1] == -1 and (shape[1:] >= 0).all():
            shape = shape.copy()
            shape[0] = 1
            node.attr["value"].tensor.CopyFrom(
                tensorflow.make_tensor_proto(shape)
            )
