"""Which weights of a model can carry a penalty on a channel."""

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.graph import Group, PruningGraph, WeightSlice
from tfprune.regularizers import JointGroupLasso, Penalty, Sum


class Carriers:
    """Which weights of a traced model can carry a penalty, and where.

    Args:
        graph: The traced model.
    """

    def __init__(self, graph: PruningGraph) -> None:
        self._variables: dict[int, Any] = {}
        self._entries: dict[int, tuple[int, str]] = {}
        operations = {step.path: step.operation for step in graph.steps}
        taken: dict[tuple[int, str], set[int]] = {}
        for axis in graph.axes:
            layer = operations[axis.layer]
            entry = regularizer_entry(layer, axis.weight)
            if entry and isinstance(axis.variable, keras.Variable):
                key = id(axis.variable)
                self._variables[key] = axis.variable
                self._entries[key] = (id(layer), entry)
                taken.setdefault((id(layer), entry), set()).add(key)
        for carried in taken.values():
            # One entry for several weights, as in attention, tells no two
            # channels apart.
            if len(carried) > 1:
                for key in carried:
                    del self._entries[key]

    def slices(self, group: Group, role: str) -> Iterator[WeightSlice]:
        """The parts of weights that carry a group's penalty."""
        for part in group.slices:
            variable = part.axis.variable
            carried = id(variable) in self._entries
            if part.axis.role == role and carried and variable.trainable:
                yield part

    def obstacle(self, group: Group, role: str) -> str:
        """Why a group's weights cannot vanish together, or nothing.

        Vectors that cannot carry a penalty only scale what kernels make, so
        they are left out.

        Raises:
            InvalidInputError: When a weight has a regularizer, or holds NaN.
        """
        if group.frozen:
            return f"they are frozen by {group.frozen[0]}"
        kernels = [
            x.axis
            for x in group.slices
            if x.axis.role == role and len(x.axis.variable.shape) > 1
        ]
        for axis in kernels:
            name = f"{axis.layer}.{axis.weight}"
            if id(axis.variable) not in self._entries:
                return f"'{name}' takes no regularizer of its own"
            if not axis.variable.trainable:
                return f"'{name}' is not trainable"
        for part in self.slices(group, role):
            check_free(part)
        return "" if kernels else "no kernel has them"

    def configs(
        self, parts: Mapping[int, list[JointGroupLasso]]
    ) -> dict[int, dict[str, Any]]:
        """Config entries of layers that put the penalties on them."""
        configs: dict[int, dict[str, Any]] = {}
        for key, penalties in parts.items():
            layer, entry = self._entries[key]
            whole: Penalty = Sum(penalties) if penalties[1:] else penalties[0]
            config = keras.regularizers.serialize(whole)
            configs.setdefault(layer, {})[entry] = config
        return configs


def regularizer_entry(layer: Any, weight: str) -> str | None:
    """The config entry that holds the regularizer of a layer's weight.

    Args:
        layer: A layer or an operation.
        weight: Name of its attribute, of a cell's too: `"cell.kernel"`.
    """
    if not isinstance(layer, keras.layers.Layer):
        return None
    config = layer.get_config()
    name = weight.rpartition(".")[2]
    entries = [name, name.removesuffix("_kernel")]
    if name == "kernel":
        entries.append("depthwise")
    found = [x for x in entries if f"{x}_regularizer" in config]
    return f"{found[0]}_regularizer" if found else None


def check_free(part: WeightSlice) -> None:
    """Refuses a weight that has a regularizer, or no norm.

    Raises:
        InvalidInputError: With the weight, and how to mend it.
    """
    axis = part.axis
    present = getattr(axis.variable, "regularizer", None)
    if present is not None:
        raise InvalidInputError(
            f"Weight '{axis.weight}' of layer '{axis.layer}' has a "
            f"{type(present).__name__} already, and the norm of a channel "
            "leaves no room for a second one. Take it off, use the weight "
            "decay of the optimizer, or leave the layer out of `layers`."
        )
    if not np.isfinite(part.values).all():
        raise InvalidInputError(
            f"Weight '{axis.weight}' of layer '{axis.layer}' holds NaN or "
            "infinite numbers, so its channels have no norm. Start from a "
            "model that has not diverged."
        )
