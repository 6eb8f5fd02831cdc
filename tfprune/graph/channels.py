"""Channel ids: who owns which, which belong together, which must stay."""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ids: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]
Shape: TypeAlias = tuple[int | None, ...]

CONSTANT = -1
"""The id of a position that belongs to no producer, such as zero padding."""


@dataclass(frozen=True)
class Producer:
    """One layer's run of consecutive channel ids.

    Attributes:
        name: Path of the layer, with a suffix where a layer has several runs.
        start: First id of the run.
        count: Number of ids, the layer's width in channels.
    """

    name: str
    start: int
    count: int

    @property
    def ids(self) -> Ids:
        """The ids of the run, shape `(count,)`."""
        return np.arange(self.start, self.start + self.count)


@dataclass(frozen=True)
class ChannelTensor:
    """An activation as the graph sees it: channel ids in place of values.

    Layers see an activation without its batch axis (`ids`, `shape`),
    operations of `keras.ops` see it whole (`full_ids`, `full_shape`).

    Attributes:
        full_ids: Integer array with the rank of the activation, and size 1 on
            every axis along which the ids do not vary.
        full_shape: The activation's shape; `None` where it is not known.
    """

    full_ids: Ids
    full_shape: Shape

    @property
    def ids(self) -> Ids:
        """The ids without the batch axis."""
        return self.full_ids[0] if self.full_ids.ndim else self.full_ids

    @property
    def key(self) -> int:
        """The same for all views of one activation."""
        return id(self.full_ids)

    @property
    def shape(self) -> Shape:
        """The shape without the batch axis."""
        return self.full_shape[1:]

    @property
    def rank(self) -> int:
        """Number of axes without the batch axis."""
        return len(self.shape)

    def varies(self, axis: int) -> bool:
        """Whether the ids differ along `axis` (counted without the batch)."""
        return self.ids.shape[axis] > 1

    def lengthened(self, axis: int, size: int | None) -> "ChannelTensor":
        """The same ids with another size of one axis, the batch not counted."""
        shape = list(self.full_shape)
        shape[axis % self.rank + 1] = size
        return replace(self, full_shape=tuple(shape))


@dataclass(frozen=True)
class Frozen:
    """Why channels may not be removed.

    Attributes:
        layer: Path of the layer that asked for it.
        reason: What stands in the way.
        remedy: What the user can do about it, or an empty string.
    """

    layer: str
    reason: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"'{self.layer}': {self.reason}"
        return f"{text} ({self.remedy})" if self.remedy else text


class Channels:
    """Hands out channel ids and remembers what handlers say about them.

    A handler gets this object, set to the layer being traced.

    Example:

    ```python
    units = channels.new(layer.units)     # fresh ids, shape (units,)
    channels.tie(units, other)            # removed together or not at all
    channels.freeze(units, "sorted")      # never removed
    ```
    """

    def __init__(self) -> None:
        self.producers: dict[tuple[str, str], Producer] = {}
        self.size = 0
        self._layer = ""
        self._ties: list[tuple[Ids, Ids]] = []
        self._repeated: dict[tuple[str, str], Ids] = {}
        self._frozen: list[tuple[Ids, Frozen]] = []

    def enter(self, layer: str) -> None:
        """Says which layer the next calls speak for."""
        self._layer = layer

    def new(self, count: int, name: str = "") -> Ids:
        """Fresh ids for `count` output units; the same again on a later call.

        A layer that is called twice produces the same channels both times, so
        the second call returns what the first one did.

        Args:
            count: Number of channels.
            name: Tells apart several runs of ids of one layer.

        Returns:
            Ids of shape `(count,)`.
        """
        key = (self._layer, name)
        if key not in self.producers:
            label = f"{self._layer}.{name}" if name else self._layer
            self.producers[key] = Producer(label, self.size, int(count))
            self.size += int(count)
        return self.producers[key].ids

    def fixed(self, count: int, reason: str, remedy: str = "") -> Ids:
        """Fresh ids that belong to no layer and may not be removed.

        Args:
            count: Number of ids.
            reason: Why they may not be removed.
            remedy: What the user can do about it.

        Returns:
            Ids of shape `(count,)`.
        """
        ids = np.arange(self.size, self.size + count)
        self.size += count
        self.freeze(ids, reason, remedy)
        return ids

    def tie(self, first: Ids, second: Ids) -> None:
        """Declares ids, position by position, one channel.

        Args:
            first: Ids of any shape.
            second: Ids that broadcast against `first`.
        """
        first, second = np.broadcast_arrays(first, second)
        different = first != second
        first, second = first[different], second[different]
        constant = (first == CONSTANT) | (second == CONSTANT)
        if constant.any():
            self.freeze(
                np.maximum(first, second)[constant],
                "is combined with a constant at the same position",
            )
        if not constant.all():
            self._ties.append((first[~constant], second[~constant]))

    def repeat(self, ids: Ids, name: str = "") -> None:
        """Declares ids the same channels in every call of the layer.

        A layer that has weights for them needs no word of this: the ids of
        its weights are tied anyway.

        Args:
            ids: Ids of one axis.
            name: Tells apart several declarations of one layer.
        """
        first = self._repeated.setdefault((self._layer, name), ids)
        if first.shape == ids.shape:
            self.tie(first, ids)
        else:
            for one in (first, ids):
                self.freeze(one, "is called with different numbers of channels")

    def freeze(self, ids: Ids, reason: str, remedy: str = "") -> None:
        """Declares that these ids may not be removed, and why."""
        ids = np.unique(ids)
        ids = ids[ids != CONSTANT]
        if ids.size:
            self._frozen.append((ids, Frozen(self._layer, reason, remedy)))

    def along(self, tensor: ChannelTensor, axis: int) -> Ids:
        """One id for each position of one axis of a tensor.

        Where the channels lie on another axis they are frozen: an operation
        that works along `axis` computes the same for each of them, but which
        of its results belongs to which cannot be told by one id.

        Args:
            tensor: An input of the layer.
            axis: An axis counted without the batch, usually -1.

        Returns:
            Ids of shape `(tensor.shape[axis],)`; `CONSTANT` throughout when
            nothing along that axis can be removed.
        """
        axis %= tensor.rank
        length = tensor.shape[axis] or 1
        if tensor.ids.size != tensor.ids.shape[axis]:
            self.freeze(
                tensor.ids,
                f"works along axis {axis + 1}, but the channels lie elsewhere",
                "permute the channels to that axis",
            )
            return np.full(length, CONSTANT)
        return np.broadcast_to(tensor.ids.ravel(), length).copy()

    def labels(self) -> Ids:
        """For each id the number of its class of tied ids, shape `(size,)`."""
        if not self._ties:
            return np.arange(self.size)
        rows = np.concatenate([first for first, _ in self._ties])
        columns = np.concatenate([second for _, second in self._ties])
        edges = coo_array(
            (np.ones(rows.size, bool), (rows, columns)),
            shape=(self.size, self.size),
        )
        return connected_components(edges, directed=False)[1].astype(np.int64)

    def frozen(self) -> tuple[tuple[Ids, Frozen], ...]:
        """Everything that was frozen, with the reasons."""
        return tuple(self._frozen)
