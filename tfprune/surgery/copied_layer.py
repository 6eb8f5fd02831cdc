"""A layer made from its config, and filled with weights."""

from collections.abc import Mapping
from types import FunctionType
from typing import Any

import keras
import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.graph.attributes import with_entries
from tfprune.graph.keras_graph import renamed, replace_variable


def resized(operation: Any, entries: Mapping[str, Any]) -> Any:
    """A layer or operation made from its config, some entries replaced.

    Functions are handed on as they are: the copy lives beside the original,
    so they need no name to be found by.
    """
    kind = type(operation)
    layer = isinstance(operation, keras.layers.Layer)
    if not layer and set(entries) <= {"name"}:
        return renamed(operation, entries)
    try:
        config = operation.get_config()
        functions = {
            name: value
            for name, value in vars(operation).items()
            if name in config and isinstance(value, FunctionType)
        }
        config = with_entries({**config, **functions}, entries)
        if isinstance(operation, keras.layers.Lambda):
            return kind(**config)
        return kind.from_config(config)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise InvalidInputError(
            f"Layer '{operation.name}' ({kind.__name__}) cannot be copied from "
            "its config. Give it a get_config() method, and register what it "
            "holds with keras.saving.register_keras_serializable."
        ) from error


def holding(wrapper: Any, part: Any, entries: Mapping[str, Any]) -> Any:
    """A wrapper made from its config, around another layer.

    Args:
        wrapper: The original.
        part: What the copy holds.
        entries: Config entries to replace.
    """
    config = {k: v for k, v in wrapper.get_config().items() if k != "layer"}
    return type(wrapper)(part, **{**config, **entries})


def build_alike(layer: Any, original: Any) -> None:
    """Builds a layer that nothing has called as its original was built."""
    layer.build_from_config(original.get_build_config())


def fill(
    original: Any,
    layer: Any,
    weights: Mapping[int, np.ndarray],
    skip: tuple[str, ...],
) -> None:
    """Gives a copied layer its weights, but for the attributes to skip."""
    if getattr(original, "built", False) and not layer.built:
        # Nothing called it: its weights are used by another layer.
        build_alike(layer, original)
    skipped = {id(getattr(layer, name)) for name in skip}
    targets = [x for x in getattr(layer, "weights", ()) if id(x) not in skipped]
    for old, new in zip(getattr(original, "weights", ()), targets, strict=True):
        # Assigned as it is, both variables would hold one array, and JAX
        # gives those of the model that trains back.
        array = keras.ops.convert_to_numpy(weights.get(id(old), old))
        if tuple(array.shape) != tuple(new.shape):
            replace_variable(layer, new, array)
        else:
            new.assign(array)
    # Normalization computes what it uses from its weights when it loads them.
    if hasattr(layer, "finalize_state"):
        layer.finalize_state()


def is_filled_when_built(layer: Any) -> bool:
    """Whether a layer takes its weights as initial values.

    Layers of the user's may compute with their weights while they are built,
    some of Keras' do so whenever they load them, and a wrapper may hold a
    model that was built when it was made.
    """
    return (
        isinstance(layer, keras.layers.Layer)
        and not isinstance(layer, keras.Model)
        and type(layer).__module__.startswith("keras.")
        and not hasattr(layer, "finalize_state")
        and not layer.built
        and not layer.weights
    )
