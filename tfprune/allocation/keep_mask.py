"""Which channels stay: plain data, one bool a channel."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tfprune.atomic_file import atomic_path
from tfprune.errors import InvalidInputError
from tfprune.graph.channels import Mask
from tfprune.graph.pruning_graph import PruningGraph
from tfprune.registry import did_you_mean


@dataclass(frozen=True, eq=False)
class KeepMask:
    """One bool for each channel of each layer: true stays, false goes.

    Attributes:
        channels: Bool arrays of shape `(channels,)` by layer path. A grouped
            convolution has one entry for all of its groups.

    Example:

    ```python
    keep = tfprune.keep_mask(model, criterion="l1_norm", sparsity=0.5)
    keep.channels["conv2d_3"]       # array([ True, False, ...])
    keep.save("keep.json")
    ```
    """

    channels: Mapping[str, Mask]

    def __post_init__(self) -> None:
        arrays = {name: np.asarray(x) for name, x in self.channels.items()}
        object.__setattr__(self, "channels", arrays)
        for layer, keep in arrays.items():
            if np.asarray(keep).dtype != bool or np.ndim(keep) != 1:
                raise InvalidInputError(
                    f"Expected a 1-D bool array for layer '{layer}'. Received: "
                    f"dtype {np.asarray(keep).dtype}, shape {np.shape(keep)}."
                )

    @classmethod
    def from_labels(cls, graph: PruningGraph, keep: Mask) -> "KeepMask":
        """Spreads one bool a class of tied channels over the layers.

        Args:
            graph: The traced model.
            keep: Bool array, one entry for each class of `graph.labels`.
        """
        return cls(
            {
                producer.name: keep[graph.labels[producer.ids]]
                for producer in graph.producers
            }
        )

    @classmethod
    def ones_like(cls, graph: PruningGraph) -> "KeepMask":
        """The mask that keeps every channel of a graph."""
        count = int(graph.labels.max()) + 1 if graph.labels.size else 0
        return cls.from_labels(graph, np.ones(count, bool))

    @property
    def sparsity(self) -> float:
        """Fraction of all channels that go, frozen ones counted too."""
        total = sum(keep.size for keep in self.channels.values())
        kept = sum(int(keep.sum()) for keep in self.channels.values())
        return 1 - kept / total if total else 0.0

    def by_id(self, graph: PruningGraph) -> Mask:
        """One bool for each id of a graph, and a last, true, for constants.

        Raises:
            InvalidInputError: When the mask was made for another model, keeps
                part of what is tied, removes what is frozen, or leaves a
                layer without channels.
        """
        self._check_layers(graph)
        keep = np.ones(graph.labels.size + 1, bool)
        for producer in graph.producers:
            keep[producer.ids] = self.channels[producer.name]
        self._check_ties(graph, keep)
        self._check_frozen(graph, keep)
        self._check_floor(graph, keep)
        return keep

    def _check_layers(self, graph: PruningGraph) -> None:
        names = {producer.name: producer.count for producer in graph.producers}
        for layer in self.channels:
            if layer not in names:
                raise InvalidInputError(
                    f"The keep-mask names layer '{layer}', which is not in "
                    f"model '{graph.model.name}'."
                    f"{did_you_mean(layer, names)}"
                )
        for name, count in names.items():
            received = len(self.channels.get(name, ()))
            if received != count:
                raise InvalidInputError(
                    f"Expected {count} channels for layer '{name}' in the "
                    f"keep-mask. Received: {received}. Make the mask from the "
                    "same model."
                )

    def _check_ties(self, graph: PruningGraph, keep: Mask) -> None:
        kept = keep[:-1].astype(int)
        size = np.bincount(graph.labels)
        total = np.bincount(graph.labels, kept, minlength=len(size))
        split = (total > 0) & (total < size)
        for producer in graph.producers:
            if split[graph.labels[producer.ids]].any():
                raise InvalidInputError(
                    f"Layer '{producer.name}' has channels that can only be "
                    "removed together with others, but the keep-mask keeps "
                    "part of them. See print(tfprune.trace(model))."
                )

    def _check_frozen(self, graph: PruningGraph, keep: Mask) -> None:
        dropped = np.zeros(int(graph.labels.max(initial=-1)) + 1, bool)
        dropped[graph.labels[~keep[:-1]]] = True
        for ids, reason in graph.frozen:
            if dropped[graph.labels[ids]].any():
                raise InvalidInputError(
                    f"The keep-mask removes channels that are frozen by "
                    f"{reason}. Keep them."
                )

    def _check_floor(self, graph: PruningGraph, keep: Mask) -> None:
        for axis in graph.axes:
            if not keep[axis.ids].any():
                raise InvalidInputError(
                    f"The keep-mask removes every channel of layer "
                    f"'{axis.layer}'. Keep at least one."
                )
        for ids in graph.counted:
            if not keep[ids].any():
                raise InvalidInputError(
                    "The keep-mask removes every channel of a tensor. Keep at "
                    "least one."
                )

    def as_dict(self) -> dict[str, Any]:
        """The mask as plain data: the kept channels of each layer."""
        return {
            name: {"channels": len(keep), "kept": np.flatnonzero(keep).tolist()}
            for name, keep in self.channels.items()
        }

    @classmethod
    def from_dict(cls, layers: Mapping[str, Any]) -> "KeepMask":
        """The mask that `as_dict` gave."""
        channels = {}
        for name, entry in layers.items():
            channels[name] = np.zeros(entry["channels"], bool)
            channels[name][entry["kept"]] = True
        return cls(channels)

    def save(self, path: str | Path) -> None:
        """Writes the mask to a JSON file, whole or not at all."""
        with atomic_path(path) as beside:
            beside.write_text(json.dumps(self.as_dict()), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> "KeepMask":
        """Reads a mask that `save` wrote.

        Raises:
            InvalidInputError: When the file is missing or holds no mask.
        """
        try:
            return cls.from_dict(
                json.loads(Path(path).read_text(encoding="utf-8"))
            )
        except OSError as error:
            raise InvalidInputError(
                f"Expected a keep-mask in '{path}': {error.strerror}."
            ) from None
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            raise InvalidInputError(
                f"Expected a keep-mask (JSON) in '{path}'. Received another "
                "or a damaged file."
            ) from None
