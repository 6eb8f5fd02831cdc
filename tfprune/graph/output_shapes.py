"""The shapes of what calls return."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import keras
from keras import tree

from tfprune.graph.channels import ChannelTensor, Shape
from tfprune.graph.keras_graph import Arguments, Call, Keywords, is_symbolic


def reshaped(
    tensors: Sequence[ChannelTensor], shapes: Sequence[Shape]
) -> list[ChannelTensor]:
    """Tensors with the shapes that they have for the caller."""
    return [
        x if x.full_shape == shape else replace(x, full_shape=shape)
        for x, shape in zip(tensors, shapes, strict=True)
    ]


def output_shapes(call: Call, args: Arguments, kwargs: Keywords) -> list[Shape]:
    """Shapes of a call's outputs.

    A nested model recorded its own calls for the inputs that it was built
    with; where it is called with sizes that were open then, they are found
    anew.
    """
    recorded = [tuple(x.shape) for x in call.outputs]
    if not any(None in shape[1:] for shape in recorded):
        return recorded
    return told_shapes(call, args, kwargs, lambda x: x.full_shape)


def told_shapes(
    call: Call,
    args: Arguments,
    kwargs: Keywords,
    shape_of: Callable[[ChannelTensor], Shape],
) -> list[Shape]:
    """The shapes that an operation says it returns for some inputs."""
    dtypes = iter(x.dtype for x in call.inputs)

    def symbolic(leaf: Any) -> Any:
        if isinstance(leaf, ChannelTensor):
            return keras.KerasTensor(shape_of(leaf), next(dtypes))
        return leaf

    args, kwargs = tree.map_structure(symbolic, (args, kwargs))
    outputs = call.operation.compute_output_spec(*args, **kwargs)
    return [tuple(x.shape) for x in tree.flatten(outputs) if is_symbolic(x)]


def tells_shape(layer: keras.layers.Layer) -> bool:
    """Whether a layer computes its output's shape without its `call`."""
    return any(
        getattr(type(layer), name) is not getattr(keras.layers.Layer, name)
        for name in ("compute_output_shape", "compute_output_spec")
    ) and not isinstance(layer, keras.Model)
