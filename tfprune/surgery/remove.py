"""Channels removed: smaller layers, the same function."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from tfprune.allocation.keep_mask import KeepMask
from tfprune.graph import ChannelTensor, PruningGraph, trace
from tfprune.graph.binding import Size
from tfprune.graph.channels import Mask, Shape
from tfprune.surgery.changes import Changes
from tfprune.surgery.kept_weights import KeptWeights
from tfprune.surgery.origin import note_origin
from tfprune.surgery.penalties import without_penalties
from tfprune.surgery.rebuild import rebuild
from tfprune.surgery.shaped_settings import shaped_settings
from tfprune.surgery.shortcuts import Shortcut
from tfprune.surgery.unread import Selection


def remove_channels(
    model: keras.Model, keep: KeepMask, *, flatten: bool | None = None
) -> keras.Model:
    """Removes channels from a copy of the model, whose layers get smaller.

    Args:
        model: A built model; it is not changed.
        keep: Which channels stay.
        flatten: Whether composite layers are taken apart into the layers that
            they call, so that the result is a plain functional model. True
            demands it, False keeps them as objects of their classes, None
            takes apart those for which that changes nothing.

    Returns:
        A new model with the weights of the kept channels, not compiled: it
        needs `compile` before `fit`, because optimizer slots have the old
        shapes. Penalties of `tfprune.regularizers` have done their work and
        are left out, so it saves and loads as a plain `.keras` file; where it
        holds composite layers, use `tfprune.save_model`.

    Raises:
        InvalidInputError: When the mask does not belong to the model.

    Example:

    ```python
    keep = tfprune.keep_mask(model, criterion="l1_norm", sparsity=0.5)
    small = tfprune.remove_channels(model, keep)
    ```
    """
    return removed(trace(model, flatten=flatten), keep)


def removed(
    graph: PruningGraph,
    keep: KeepMask,
    weights: Mapping[int, np.ndarray] = MappingProxyType({}),
    configs: Mapping[int, Mapping[str, Any]] = MappingProxyType({}),
    added: Mapping[int, Mapping[str, np.ndarray]] = MappingProxyType({}),
    bypassed: frozenset[int] = frozenset(),
    shortcuts: Mapping[int, Shortcut] = MappingProxyType({}),
    selections: Mapping[int, Selection] = MappingProxyType({}),
) -> keras.Model:
    """Removes channels from a traced model, some weights changed before.

    Args:
        graph: The traced model.
        keep: Which channels stay.
        weights: Arrays in place of variables, by the variable's `id`, still
            at the full shape.
        configs: Config entries to replace, by the layer's `id`.
        added: Weights that only the smaller model has, at its shapes.
        bypassed: Layers, by `id`, that the smaller model does without.
        shortcuts: What stands for sums, by the `id` of their nodes.
        selections: Which inputs of the model dense layers read, by the `id`
            of the nodes of their calls; `weights` holds their kernels.

    Returns:
        A new model.
    """
    by_id = keep.by_id(graph)
    new_configs = without_penalties(graph)
    for key, entries in (
        *shaped_settings(graph, by_id).items(),
        *configs.items(),
    ):
        new_configs.setdefault(key, {}).update(entries)
    for step in graph.steps:
        for name, size in step.binding.sizes.items():
            entries = new_configs.setdefault(id(step.operation), {})
            entries[name] = new_size(size, by_id)
    small = rebuild(
        graph,
        Changes(
            configs=new_configs,
            weights=KeptWeights(graph, by_id, weights),
            added=added,
            shapes={
                id(x): new_shape(x.shape, y, by_id)
                for x, y in graph.nested_inputs
            },
            inputs=new_inputs(graph, by_id),
            outputs={
                key: [new_shape(x.full_shape, x, by_id) for x in tensors]
                for key, tensors in graph.composite_outputs.items()
            },
            arguments=new_arguments(graph, by_id),
            bypassed=bypassed,
            shortcuts=shortcuts,
            read={key: x.positions for key, x in selections.items()},
        ),
    )
    note_origin(small, graph, keep, configs)
    return small


def new_inputs(graph: PruningGraph, by_id: Mask) -> dict[int, list[Shape]]:
    """The shapes of what layers are called on, once channels are gone."""
    shapes: dict[int, list[Shape]] = {}
    for step in graph.steps:
        if isinstance(step.operation, keras.layers.Layer):
            # A model at each time step has a step for its way out as well.
            shapes.setdefault(
                id(step.node),
                [new_shape(x.full_shape, x, by_id) for x in step.inputs],
            )
    return shapes


def new_arguments(
    graph: PruningGraph, by_id: Mask
) -> dict[int, Mapping[int | str, Any]]:
    """The arguments of calls that name positions of channels."""
    return {
        id(step.node): rewriting.make(lambda ids: int(by_id[ids].sum()))
        for step in graph.steps
        if (rewriting := step.binding.rewriting) is not None
    }


def new_shape(shape: Shape, channels: ChannelTensor, by_id: Mask) -> Shape:
    """The shape of a tensor, with the batch, once channels are gone."""
    sizes = list(shape)
    for axis in range(channels.rank):
        if channels.varies(axis):
            sizes[axis + 1] = int(by_id[channels.ids.ravel()].sum())
    return tuple(sizes)


def new_size(size: Size, by_id: Mask) -> Any:
    """The value of a config entry once channels are gone."""
    if isinstance(size, tuple):
        return tuple(
            int(by_id[part].sum()) if isinstance(part, np.ndarray) else part
            for part in size
        )
    return int(by_id[size].sum())
