"""How models and layers are built."""

from collections.abc import Callable, Sequence
from typing import Any

import keras


def build_shapes(model: keras.Model) -> dict[str, Any] | None:
    """The shapes that a model was built with, by argument of `call`."""
    shapes = model._build_shapes_dict
    return dict(shapes) if shapes else None


def shell_of(model: keras.Model, inputs: Any) -> keras.Model:
    """A functional model that calls a model on inputs, without a trace in it.

    Args:
        model: A subclassed model.
        inputs: A structure of `keras.Input`s.
    """
    mark = len(model._inbound_nodes)
    shell = keras.Model(inputs, model(inputs), name=model.name)
    del model._inbound_nodes[mark:]
    return shell


def build_holding(
    layer: keras.layers.Layer, build: Callable[[], Any], arrays: Sequence[Any]
) -> Any:
    """Builds a layer whose variables hold arrays from the start.

    Initial values are not drawn, which saves their time and their memory.

    Args:
        layer: A layer of Keras that is not built.
        build: Builds it.
        arrays: What its variables hold, in their order.

    Returns:
        What `build` returned.
    """

    def holding(array: Any) -> Callable[..., Any]:
        # A variable's own array would then be that of both, and JAX gives
        # those of the model that trains back.
        return lambda shape, dtype=None: keras.ops.convert_to_tensor(
            keras.ops.convert_to_numpy(array), dtype
        )

    with keras.StatelessScope():
        result = build()
        for variable, array in zip(layer.weights, arrays, strict=True):
            variable._initializer = holding(array)
    return result
