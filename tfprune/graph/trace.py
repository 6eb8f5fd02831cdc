"""From a Keras model to its channel graph."""

import inspect
from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.graph.keras_graph import build_shapes, is_graph, shell_of
from tfprune.graph.pruning_graph import PruningGraph
from tfprune.graph.scope import Scope
from tfprune.graph.tracer import Tracer


def trace(model: keras.Model, *, flatten: bool | None = None) -> PruningGraph:
    """Traces which channels of a model belong together.

    Args:
        model: A built functional, `Sequential` or subclassed model. Models
            nested in it are followed, and so is the `call` of layers that
            have no handler.
        flatten: Whether a removal may take composite layers apart into the
            layers that they call. True demands it, False keeps them, None
            takes apart those for which that changes nothing.

    Returns:
        The graph: `print` it to see groups, widths, and what is frozen and
        why.

    Raises:
        InvalidInputError: When the model is not a Keras model, is not built,
            or cannot be flattened as asked for.

    Example:

    ```python
    graph = tfprune.trace(model)
    print(graph)
    ```
    """
    check_traceable(model)
    shell = model if is_graph(model) else wrapped(model)
    tracer = Tracer(flatten)
    inputs = [tracer.model_input(tensor) for tensor in shell.inputs]
    scope = Scope() if shell is model else Scope(names={id(model): ""})
    outputs = tracer.run(shell, inputs, scope)
    tracer.close()
    for tensor in outputs:
        tracer.channels.enter(tracer.producer_of(tensor))
        tracer.channels.freeze(tensor.full_ids, "model output")
    return PruningGraph.build(
        model, shell, tracer, tuple(inputs), tuple(outputs)
    )


def wrapped(model: keras.Model) -> keras.Model:
    """A functional model that calls a subclassed one once."""
    return shell_of(model, inputs_of(model))


def inputs_of(model: keras.Model) -> Any:
    """Symbolic tensors in the structure of a model's inputs.

    Raises:
        InvalidInputError: When the shapes of a subclassed model's inputs are
            not known.
    """
    if isinstance(model, keras.Sequential):
        # It has no `input` until it is called.
        return model.inputs[0]
    if is_graph(model):
        return model.input
    if hasattr(model, "inputs") and model.inputs:
        # A functional model whose class has a `call` of its own.
        return keras.tree.map_structure(
            lambda x: keras.Input(tuple(x.shape)[1:], dtype=x.dtype),
            model.input,
        )
    shapes = build_shapes(model)
    if not shapes:
        raise InvalidInputError(
            f"Model '{model.name}' ({type(model).__name__}) is not built, so "
            "it has no channels yet. Call it once on data, or make a "
            "functional model of it: keras.Model(inputs, model(inputs))."
        )
    first, *rest = shapes.values()
    required = [
        x
        for x in inspect.signature(model.call).parameters.values()
        if x.default is x.empty and x.kind is x.POSITIONAL_OR_KEYWORD
    ]
    if rest or len(required) > 1:
        raise InvalidInputError(
            f"Model '{model.name}' takes several arguments. Make a functional "
            "model of it: keras.Model(inputs, model(*inputs))."
        )
    return keras.tree.map_shape_structure(symbolic_input, first)


def symbolic_input(shape: Any) -> Any:
    """An input of a shape whose first axis is the batch."""
    return keras.Input(tuple(shape)[1:])


def check_traceable(model: object) -> None:
    """Refuses what has no graph of layers.

    Raises:
        InvalidInputError: With what was expected and how to mend it.
    """
    if not isinstance(model, keras.Model):
        raise InvalidInputError(
            "Expected a keras.Model. Received: "
            f"{type(model).__module__}.{type(model).__name__}."
        )
    if isinstance(model, keras.Sequential) and not model.built:
        raise InvalidInputError(
            f"Model '{model.name}' is not built, so it has no channels yet. "
            "Give it a keras.Input, or call it once on data."
        )
