"""The parts that a layer holds, and putting others in their place."""

from collections.abc import Mapping
from typing import Any

import keras


def own_variables(layer: keras.layers.Layer) -> list[Any]:
    """The variables of a layer that are not those of its parts."""
    return [*layer._trainable_variables, *layer._non_trainable_variables]


def renamed(operation: Any, entries: Mapping[str, Any]) -> Any:
    """A copy of an operation that no call of it is recorded in."""
    # Keras copies by the config, which does not hold arrays.
    result = object.__new__(type(operation))
    vars(result).update(vars(operation))
    vars(result).update(entries, _inbound_nodes=[], _outbound_nodes=[])
    return result


def replace_layer(owner: keras.layers.Layer, old: Any, new: Any) -> None:
    """Puts a layer in the place of another in the layer that holds it."""
    _replace_tracked(owner, "layers", old, new)
    _replace_attribute(owner, old, new)


def replace_variable(owner: keras.layers.Layer, old: Any, array: Any) -> None:
    """Puts a variable of another shape in the place of one of a layer's.

    Args:
        owner: The layer.
        old: Its variable.
        array: What the new one holds.
    """
    new = keras.Variable(
        array, dtype=old.dtype, trainable=old.trainable, name=old.name
    )
    for store in ("trainable_variables", "non_trainable_variables"):
        _replace_tracked(owner, store, old, new)
    _replace_attribute(owner, old, new)


def _replace_tracked(owner: Any, store: str, old: Any, new: Any) -> None:
    """Puts one part of a layer in the place of another, by identity."""
    tracker = owner._tracker
    if tracker.is_in_store(store, old):
        kept = tracker.config[store][1]
        place = [x is old for x in kept].index(True)
        kept[place] = new
        tracker.stored_ids[store].remove(id(old))
        tracker.stored_ids[store].add(id(new))


def _replace_attribute(owner: Any, old: Any, new: Any) -> None:
    for name, value in list(vars(owner).items()):
        if value is old:
            setattr(owner, name, new)
        else:
            _replace_item(value, old, new)


def _replace_item(container: Any, old: Any, new: Any) -> None:
    if isinstance(container, list):
        for index, item in enumerate(container):
            if item is old:
                container[index] = new
            else:
                _replace_item(item, old, new)
    elif isinstance(container, dict):
        for key, item in container.items():
            if item is old:
                container[key] = new
            else:
                _replace_item(item, old, new)
