"""Whether channels vanish with the scales that a joint penalty lies on."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from tfprune.graph import PruningGraph, WeightSlice, trace
from tfprune.regularizers import JointGroupLasso
from tfprune.surgery.dead import dead_channels


def lasting_groups(model: keras.Model) -> set[str]:
    """The joint penalties on scales that no channel could be removed by.

    It is tried on the first channel of each: where all of its scales and
    shifts are zero, nothing may need it any more. Something does where a
    layer without normalization adds to the channel, say.

    Args:
        model: A model with joint penalties on scales alone. Its weights are
            changed for the trial, and then what they were.

    Returns:
        The names of these penalties.
    """
    graph = trace(model)
    before: list[tuple[keras.Variable, np.ndarray]] = []
    for layer, part in penalized_scales(graph):
        first = part.positions[part.channels == 0]
        for variable in (layer.gamma, getattr(layer, "beta", None)):
            if variable is not None:
                values = np.array(keras.ops.convert_to_numpy(variable))
                before.append((variable, values.copy()))
                values[first] = 0
                variable.assign(values)
    dead = dead_channels(model, absorb="approximate")
    for variable, values in before:
        variable.assign(values)
    keep = dead.keep.by_id(dead.graph)
    return {
        part.axis.variable.regularizer.group
        for _, part in penalized_scales(dead.graph)
        if keep[part.axis.ids[part.positions[part.channels == 0]]].any()
    }


def penalized_scales(
    graph: PruningGraph,
) -> Iterator[tuple[Any, WeightSlice]]:
    """The layers whose scale carries a joint penalty, and what carries it."""
    operations = {step.path: step.operation for step in graph.steps}
    for group in graph.groups():
        for part in group.slices:
            penalty = getattr(part.axis.variable, "regularizer", None)
            if isinstance(penalty, JointGroupLasso):
                yield operations[part.axis.layer], part
