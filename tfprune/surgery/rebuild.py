"""Builds a model anew with other layer sizes and other weights."""

from collections.abc import Mapping
from types import FunctionType, MappingProxyType
from typing import Any

import keras
import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.graph.keras_graph import is_graph, run_nodes


def rebuild(
    model: keras.Model,
    configs: Mapping[int, Mapping[str, Any]],
    weights: Mapping[int, np.ndarray],
    added: Mapping[int, Mapping[str, np.ndarray]] = MappingProxyType({}),
    shapes: Mapping[int, tuple[int | None, ...]] = MappingProxyType({}),
) -> keras.Model:
    """Copies a functional or Sequential model with some things replaced.

    The copy keeps the names, dtypes, regularizers and nesting of the layers.
    It is not compiled: an optimizer's slots would have the old shapes.

    Args:
        model: The model; it is not changed.
        configs: For layers and operations, by `id`, the config entries to
            replace.
        weights: For variables, by `id`, the array that the copy holds; the
            others are copied.
        added: For layers, by `id`, weights that only the copy has: arrays by
            the attribute that holds them.
        shapes: For input tensors of nested models, by `id`, their new shapes
            with the batch.

    Returns:
        A new model.

    Raises:
        InvalidInputError: When a layer cannot be made from its config.
    """
    copies: dict[int, Any] = {}
    pairs: list[tuple[Any, Any]] = []

    def copied(operation: Any) -> Any:
        key = id(operation)
        if key not in copies:
            if is_graph(operation):
                copies[key] = structure(operation)
            else:
                copies[key] = resized(operation, configs.get(key, {}))
                pairs.append((operation, copies[key]))
        return copies[key]

    def new_input(tensor: Any) -> Any:
        return keras.Input(
            batch_shape=shapes.get(id(tensor), tensor.shape),
            dtype=tensor.dtype,
            name=tensor.name,
        )

    def structure(part: keras.Model) -> keras.Model:
        if isinstance(part, keras.Sequential):
            stack = [new_input(part.inputs[0]), *map(copied, part.layers)]
            copy = keras.Sequential(stack, name=part.name)
        else:
            inputs = keras.tree.map_structure(new_input, part.input)
            outputs = run_nodes(
                part,
                keras.tree.flatten(inputs),
                lambda operation, args, kwargs, node: copied(operation)(
                    *args, **kwargs
                ),
            )
            copy = keras.Model(inputs, outputs, name=part.name)
        if not part.trainable:
            copy.trainable = False
        return copy

    copy = structure(model)
    for original, layer in pairs:
        new = added.get(id(original), {})
        for name, array in new.items():
            getattr(layer, name).assign(array)
        fill(original, layer, weights, skip=tuple(new))
    return copy


def resized(operation: Any, entries: Mapping[str, Any]) -> Any:
    """A layer or operation made from its config, some entries replaced.

    Functions are handed on as they are: the copy lives beside the original,
    so they need no name to be found by.
    """
    kind = type(operation)
    try:
        config = operation.get_config()
        functions = {
            name: value
            for name, value in vars(operation).items()
            if name in config and isinstance(value, FunctionType)
        }
        config = {**config, **functions, **entries}
        if isinstance(operation, keras.layers.Lambda):
            return kind(**config)
        return kind.from_config(config)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise InvalidInputError(
            f"Layer '{operation.name}' ({kind.__name__}) cannot be copied from "
            "its config. Give it a get_config() method, and register what it "
            "holds with keras.saving.register_keras_serializable."
        ) from error


def fill(
    original: Any,
    layer: Any,
    weights: Mapping[int, np.ndarray],
    skip: tuple[str, ...],
) -> None:
    """Gives a copied layer its weights, but for the attributes to skip."""
    skipped = {id(getattr(layer, name)) for name in skip}
    targets = [x for x in getattr(layer, "weights", ()) if id(x) not in skipped]
    for old, new in zip(getattr(original, "weights", ()), targets, strict=True):
        array = weights.get(id(old))
        new.assign(old if array is None else array)
    # Normalization computes what it uses from its weights when it loads them.
    if hasattr(layer, "finalize_state"):
        layer.finalize_state()
