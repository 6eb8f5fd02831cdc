"""Channels that training has made dead."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal, TypeAlias

import keras
import numpy as np

from tfprune.allocation.keep_mask import KeepMask
from tfprune.errors import InvalidInputError
from tfprune.graph import Constants, PruningGraph, trace
from tfprune.graph.channels import CONSTANT, Ids, Mask
from tfprune.graph.step import Step
from tfprune.surgery.absorb import Absorber
from tfprune.surgery.constants import WorkingWeights, propagate
from tfprune.surgery.dead_report import DeadChannels
from tfprune.surgery.fold import Folder
from tfprune.surgery.lower import unlowered
from tfprune.surgery.shortcuts import shortcuts
from tfprune.surgery.unread import unread_inputs

Absorb: TypeAlias = Literal["exact", "approximate", "never"]
CHOICES = ("exact", "approximate", "never")


def dead_channels(
    model: keras.Model,
    *,
    absorb: Absorb = "exact",
    select_inputs: bool = True,
    flatten: bool | None = None,
) -> DeadChannels:
    """Finds the channels that can be removed without changing the function.

    A channel is dead when everything that reads it multiplies it by zero, or
    when it is constant whatever the input (a zero filter, a zero scale of
    batch normalization) and its constant can be absorbed.

    Args:
        model: A built model; it is not changed.
        absorb: What happens to constants other than zero: `"exact"` absorbs
            them where the result is exact, `"approximate"` also under padding,
            where the border changes, `"never"` keeps such channels.
        select_inputs: Whether a dense layer that does not read all inputs of
            the model selects those that it reads, which makes its kernel
            smaller. The inputs themselves stay as they are.
        flatten: As in `tfprune.remove_channels`.

    Returns:
        The channels, layer by layer; `print` shows them as a table.

    Raises:
        InvalidInputError: When the model cannot be traced or `absorb` is not
            one of the three.

    Example:

    ```python
    print(tfprune.dead_channels(model))
    ```

    Reference: Ye et al., "Rethinking the Smaller-Norm-Less-Informative
    Assumption in Channel Pruning of Convolution Layers", ICLR 2018
    (arXiv:1802.00124), section 4.
    """
    if absorb not in CHOICES:
        raise InvalidInputError(
            f"Expected absorb to be one of {', '.join(CHOICES)}. Received: "
            f"absorb={absorb!r}."
        )
    graph = trace(model, flatten=flatten)
    return dead_in(graph, WorkingWeights(graph), absorb, select_inputs)


def dead_in(
    graph: PruningGraph,
    weights: WorkingWeights,
    absorb: Absorb = "exact",
    select_inputs: bool = True,
) -> DeadChannels:
    """Finds the channels that would be dead if a model had other weights.

    Args:
        graph: The traced model.
        weights: Its weights, some of them changed; they change further.
        absorb: As in `dead_channels`.
        select_inputs: As in `dead_channels`.
    """
    return _Search(graph, weights, absorb, select_inputs).run()


class _Search:
    """Repeats until nothing more dies: each removal may kill what fed it."""

    def __init__(
        self,
        graph: PruningGraph,
        weights: WorkingWeights,
        absorb: Absorb,
        select: bool,
    ) -> None:
        self.graph = graph
        self.absorb = absorb
        self.select = select
        self.weights = weights
        self.absorber = Absorber(graph, self.weights)
        self.classes = int(graph.labels.max(initial=-1)) + 1
        self._vital = vital(graph, self.classes)
        self.removed = np.zeros(self.classes, bool)
        self.constant = np.zeros(self.classes, bool)
        self.nothing = np.zeros(graph.labels.size + 1, bool)

    def run(self) -> DeadChannels:
        while True:
            found = propagate(self.graph, self.weights)
            dead = self._dead(found, self.absorb)
            if not dead.any():
                break
            self._absorb(found, dead)
            self.removed |= dead
            self._zero(dead)
        border = self._dead(found, "approximate") & (self.absorb == "exact")
        by_id = self.graph.keep_by_id(~self.removed)
        folding = Folder(self.graph, self.weights).fold()
        selections = (
            unread_inputs(self.graph, self.weights) if self.select else {}
        )
        weights = self.weights.changed()
        for selection in selections.values():
            kernel = weights[selection.kernel]
            weights[selection.kernel] = kernel[selection.positions]
        return DeadChannels(
            graph=self.graph,
            keep=KeepMask.from_labels(self.graph, ~self.removed),
            dead=self._by_layer(self.removed),
            absorbed=int((self.constant & self.removed).sum()),
            kept_for_border=self._by_layer(border),
            weights=weights,
            configs={**self.absorber.configs, **folding.frozen},
            added=self.absorber.added(by_id),
            folding=folding,
            shortcuts=shortcuts(self.graph, found, by_id),
            selections=selections,
            unlowered=unlowered(self.graph, self.weights, by_id),
        )

    def _dead(self, found: Mapping[int, Constants], absorb: Absorb) -> Mask:
        """The classes that nothing needs, at least one a group left out."""
        needed = self.removed | self._vital | self._at_work(found)
        for step in self.graph.steps:
            if any(axis.role == "in" for axis in step.axes):
                spared = self._spared(step, found, absorb)
                needed |= self._read(step, spared)
        dead = np.zeros(self.classes, bool)
        for group in self.graph.groups():
            if group.prunable:
                free = ~needed[group.labels]
                left = group.width - int(self.removed[group.labels].sum())
                if free.sum() == left:
                    free[np.flatnonzero(free)[:1]] = False
                dead[group.labels] = free
        return dead

    def _at_work(self, found: Mapping[int, Constants]) -> Mask:
        """The classes that matter to a product in which none of them idles."""
        result = np.zeros(self.classes, bool)
        for step in self.graph.steps:
            idle = step.binding.idle
            if idle is not None:
                inputs = [found[x.key] for x in step.inputs]
                flags = idle(inputs, self.weights.of(step))
                for ids, none in zip(step.binding.needed, flags, strict=True):
                    result |= self._any(ids, np.logical_not(none))
        return result

    def _read(self, step: Step, spared: Mask) -> Mask:
        """The classes that a layer multiplies by something other than zero.

        Args:
            step: A call of the layer.
            spared: Which ids it need not read.
        """
        reads = []
        for axis in step.axes:
            if axis.role != "in":
                continue
            array = np.moveaxis(self.weights[id(axis.variable)], axis.axis, 0)
            others = tuple(range(1, array.ndim))
            nonzero: Mask = np.asarray((array != 0).any(axis=others))
            reads.append(self._any(axis.ids, nonzero & ~spared[axis.ids]))
        combine = np.logical_and if step.binding.chained else np.logical_or
        return np.asarray(combine.reduce(reads))

    def _spared(
        self, step: Step, found: Mapping[int, Constants], absorb: Absorb
    ) -> Mask:
        """The ids whose constant a layer need not read from a channel.

        Only ids that come in as a tensor are: what a layer reads of its own
        results, as the rows of a recurrent kernel do, is not known.
        """
        entering = np.zeros(self.graph.labels.size + 1, bool)
        fixed = np.ones(self.classes, bool)
        for tensor in step.inputs:
            known = found[tensor.key]
            fits: Mask = np.asarray(known.known & (known.values == 0))
            absorption = self.absorber.absorption(step)
            if absorption is not None and (
                absorb == "approximate"
                or (absorb == "exact" and absorption.exact)
            ):
                fits = known.known
            ids, usable = np.broadcast_arrays(tensor.ids, fits)
            entering[ids] = True
            unusable = np.logical_not(usable.ravel())
            fixed &= ~self._any(ids.ravel(), unusable)
        return entering & self.graph.keep_by_id(fixed)

    def _any(self, ids: Ids, flags: Mask) -> Mask:
        """Whether any position of each class is flagged."""
        result = np.zeros(self.classes, bool)
        chosen = flags & (ids != CONSTANT)
        result[self.graph.labels[ids[chosen]]] = True
        return result

    def _absorb(self, found: Mapping[int, Constants], dead: Mask) -> None:
        for step in self.graph.steps:
            if self.absorber.absorption(step) is not None:
                values = self.absorber.values(step, found, dead)
                touched = self.absorber.ids(step)[values != 0]
                emitting = np.zeros(self.classes, bool)
                emitting[self.graph.labels[touched]] = True
                self.constant |= emitting & self._read(step, self.nothing)
                self.absorber.absorb(step, values)

    def _zero(self, dead: Mask) -> None:
        keep = self.graph.keep_by_id(~dead)
        for axis in self.graph.axes:
            array = self.weights[id(axis.variable)]
            np.moveaxis(array, axis.axis, 0)[~keep[axis.ids]] = 0

    def _by_layer(self, classes: Mask) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for producer in self.graph.producers:
            counts[producer.name] += int(
                classes[self.graph.labels[producer.ids]].sum()
            )
        return {name: count for name, count in counts.items() if count}


def vital(graph: PruningGraph, classes: int) -> Mask:
    """The classes that matter although no weight reads them.

    They are declared by a handler, or come into an operation without weights
    and do not come out of it again: a sum over channels, say. Those that may
    be idle are left out.
    """
    result = np.zeros(classes, bool)
    for step in graph.steps:
        declared = joined([x.ravel() for x in step.binding.needed])
        told = step.binding.idle is not None
        if not told:
            result[graph.labels[declared]] = True
        if not any(axis.role == "in" for axis in step.axes):
            entering = [x.full_ids.ravel() for x in step.inputs]
            leaving = [x.full_ids.ravel() for x in step.outputs]
            lost = np.ones(classes, bool)
            lost[graph.labels[joined(leaving)]] = False
            read = np.zeros(classes, bool)
            read[graph.labels[joined(entering)]] = True
            if told:
                read[graph.labels[declared]] = False
            result |= read & lost
    return result


def joined(parts: list[Ids]) -> Ids:
    """All ids of several arrays, constants left out."""
    ids = np.concatenate([np.zeros(0, np.int64), *parts])
    return ids[ids != CONSTANT]
