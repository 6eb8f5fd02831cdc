"""Where a model with channels removed comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras

from tfprune.allocation.keep_mask import KeepMask
from tfprune.graph import PruningGraph

ATTRIBUTE = "tfprune_origin"


@dataclass(frozen=True)
class Removal:
    """One removal of channels from a model.

    Attributes:
        keep: Which channels stayed.
        flatten: As in `tfprune.remove_channels`.
        entries: Config entries that were replaced besides, by the path of the
            layer.
    """

    keep: KeepMask
    flatten: bool | None
    entries: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Origin:
    """What a model must be made from that holds layers of the user's classes.

    Such a layer is made from its config at its full size, so the config of
    the smaller model alone does not describe it.

    Attributes:
        config: The full model as `keras.saving.serialize_keras_object` gives
            it.
        removals: What was removed from it since, in order.
        nameless: Layers whose config leaves out their name, so that they
            would come back under another one.
    """

    config: Mapping[str, Any]
    removals: tuple[Removal, ...]
    nameless: tuple[str, ...]


def origin_of(model: keras.Model) -> Origin | None:
    """The origin that a removal noted on a model; None for a plain model."""
    return getattr(model, ATTRIBUTE, None)


def note_origin(
    small: keras.Model,
    graph: PruningGraph,
    keep: KeepMask,
    configs: Mapping[int, Mapping[str, Any]],
) -> None:
    """Notes on a smaller model what `tfprune.save_model` needs to know.

    Args:
        small: The smaller model.
        graph: The graph of the model that it was made from.
        keep: Which channels stayed.
        configs: Config entries that were replaced, by the layer's `id`.
    """
    before = origin_of(graph.model)
    if before is None and not graph.kept:
        return
    if before is None:
        config = keras.saving.serialize_keras_object(graph.model)
        before = Origin(config, (), nameless(graph))
    paths = {id(step.operation): step.path for step in graph.steps}
    entries = {paths[key]: dict(x) for key, x in configs.items() if x}
    removal = Removal(keep, graph.flatten, entries)
    setattr(
        small,
        ATTRIBUTE,
        replace(before, removals=(*before.removals, removal)),
    )


def nameless(graph: PruningGraph) -> tuple[str, ...]:
    """Kept layers of a model's graph whose config leaves out their name."""
    layers = {id(x.layer): x.layer for x in graph.recordings.values()}
    return tuple(
        layers[key].name
        for key in graph.kept
        if layers[key] is not graph.model
        and layers[key].get_config().get("name") != layers[key].name
    )
