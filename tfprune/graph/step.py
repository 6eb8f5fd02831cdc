"""One call of one operation in a traced model."""

from dataclasses import dataclass
from typing import Any

from tfprune.graph.binding import Binding, Role
from tfprune.graph.channels import ChannelTensor, Ids


@dataclass(frozen=True, eq=False)
class BoundAxis:
    """A `WeightAxis` with its variable.

    Attributes:
        layer: Path of the layer.
        weight: Name of the layer's attribute.
        variable: The `keras.Variable`, or an array that an operation takes.
        axis: Axis of the variable, not negative.
        ids: One channel id for each position of the axis.
        role: `"in"` or `"out"`.
    """

    layer: str
    weight: str
    variable: Any
    axis: int
    ids: Ids
    role: Role


@dataclass(frozen=True, eq=False)
class Step:
    """One call of one layer or operation.

    Attributes:
        operation: The Keras layer or operation; a variable where `call` uses
            one directly.
        node: The call as Keras recorded it.
        path: Its name, with the names of the models around it.
        inputs: Its input tensors as channel ids.
        outputs: Its output tensors as channel ids.
        binding: What the handler declared.
        axes: The weight axes that carry channels.
        weights: Its variables.
        known: Whether the operation has a handler.
    """

    operation: Any
    node: Any
    path: str
    inputs: tuple[ChannelTensor, ...]
    outputs: tuple[ChannelTensor, ...]
    binding: Binding
    axes: tuple[BoundAxis, ...]
    weights: tuple[Any, ...]
    known: bool
