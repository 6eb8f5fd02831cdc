"""The graph that Keras records; the one reader of its private parts."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import keras
from keras import tree
from keras.src.models.functional import Functional

Arguments: TypeAlias = tuple[Any, ...]
Keywords: TypeAlias = dict[str, Any]


def is_graph(operation: object) -> bool:
    """Whether an object computes just what Keras' graph of it says.

    Functional and built Sequential models do, and subclasses of them that
    leave `call` alone.
    """
    call = getattr(type(operation), "call", None)
    if isinstance(operation, keras.Sequential):
        built = operation._functional is not None
        return built and call is keras.Sequential.call
    return isinstance(operation, Functional) and call is Functional.call


def walk_nodes(model: keras.Model) -> Iterator[Any]:
    """The calls recorded in a model, each after those it depends on."""
    graph = model._functional if isinstance(model, keras.Sequential) else model
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            if not node.is_input:
                yield node


def run_nodes(
    model: keras.Model,
    inputs: Sequence[Any],
    call: Callable[[Any, Arguments, Keywords, Any], Any],
) -> Any:
    """Runs a model's graph with another meaning for its calls.

    Args:
        model: A functional or Sequential model.
        inputs: A stand-in for each input tensor, in the model's order.
        call: Called as `call(operation, args, kwargs, node)`, the tensors
            among the arguments replaced by stand-ins; returns the stand-ins
            of the outputs.

    Returns:
        The stand-ins of the outputs, in the model's output structure.
    """
    graph = model._functional if isinstance(model, keras.Sequential) else model
    values = {id(x): y for x, y in zip(graph.inputs, inputs, strict=True)}
    for node in walk_nodes(model):
        args, kwargs = node.arguments.fill_in(values)
        results = call(node.operation, args, kwargs, node)
        for tensor, result in zip(
            node.outputs, tree.flatten(results), strict=True
        ):
            values[id(tensor)] = result
    return tree.map_structure(lambda x: values[id(x)], graph._outputs_struct)
