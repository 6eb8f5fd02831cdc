"""Penalties are taken off the layers once they have done their work."""

from collections.abc import Iterator, Mapping
from typing import Any

import keras

from tfprune.graph import PruningGraph
from tfprune.regularizers import Penalty


def without_penalties(graph: PruningGraph) -> dict[int, dict[str, Any]]:
    """Config entries that take this package's penalties off the layers."""
    entries: dict[int, dict[str, Any]] = {}
    for step in graph.steps:
        names = [
            name.lstrip("_")
            for name, value in vars(step.operation).items()
            if isinstance(value, Penalty)
        ]
        if any(
            isinstance(getattr(x, "regularizer", None), Penalty)
            for x in step.weights
        ):
            # A part of the layer may have it, a recurrent cell say.
            names += penalized(step.operation.get_config())
        if names:
            entries[id(step.operation)] = dict.fromkeys(names)
    return entries


def penalized(config: Any, path: str = "") -> Iterator[str]:
    """The dotted names of the entries of a config that hold penalties."""
    if isinstance(config, Mapping):
        kind = keras.saving.get_registered_object(
            config.get("registered_name") or ""
        )
        if isinstance(kind, type) and issubclass(kind, Penalty):
            yield path
            return
    elif not isinstance(config, list):
        return
    parts = config.items() if isinstance(config, Mapping) else enumerate(config)
    for name, value in parts:
        yield from penalized(value, f"{path}.{name}" if path else str(name))
