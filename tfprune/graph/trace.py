"""From a Keras model to its channel graph."""

import keras

from tfprune.errors import InvalidInputError
from tfprune.graph.keras_graph import is_graph
from tfprune.graph.pruning_graph import PruningGraph
from tfprune.graph.tracer import Tracer


def trace(model: keras.Model) -> PruningGraph:
    """Traces which channels of a model belong together.

    Args:
        model: A built functional or `Sequential` model; models nested in it
            are followed.

    Returns:
        The graph: `print` it to see groups, widths, and what is frozen and
        why.

    Raises:
        InvalidInputError: When the model is not a Keras model, is not built,
            or is a subclass whose graph Keras does not know.

    Example:

    ```python
    graph = tfprune.trace(model)
    print(graph)
    ```
    """
    check_traceable(model)
    tracer = Tracer()
    inputs = [tracer.model_input(tensor) for tensor in model.inputs]
    outputs = tracer.run(model, inputs, prefix="")
    tracer.freeze_shared()
    for tensor in outputs:
        tracer.channels.enter(tracer.producer_of(tensor))
        tracer.channels.freeze(tensor.ids, "model output")
    return PruningGraph.build(
        model=model,
        channels=tracer.channels,
        steps=tuple(tracer.steps),
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        nested_inputs=tuple(tracer.nested_inputs.values()),
    )


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
    if not is_graph(model):
        raise InvalidInputError(
            f"Expected a functional or Sequential model. Model '{model.name}' "
            f"is a {type(model).__name__} without a graph of layers. Build it "
            "with keras.Model(inputs, outputs)."
        )
