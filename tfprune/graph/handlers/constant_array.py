"""Arrays that a layer holds."""

import numpy as np

from tfprune.graph.binding import Binding, WeightAxis
from tfprune.graph.channels import CONSTANT, Channels
from tfprune.graph.handlers.axes import on_axis
from tfprune.graph.handlers.registry import handles
from tfprune.graph.inputs import Inputs
from tfprune.layers import ConstantArray


@handles(ConstantArray)
def constant_array(
    layer: ConstantArray, inputs: Inputs, channels: Channels
) -> Binding:
    shape = layer.array_shape
    long = [axis for axis, size in enumerate(shape) if size > 1]
    if not long:
        return Binding(
            output=np.full((1,) * len(shape), CONSTANT), fixed=("array",)
        )
    axis = long[-1]
    units = channels.new(shape[axis])
    return Binding(
        output=on_axis(units, axis, len(shape)),
        axes=(WeightAxis("array", axis, units, "out"),),
        sizes={
            "array_shape": tuple(
                units if position == axis else size
                for position, size in enumerate(shape)
            )
        },
    )
