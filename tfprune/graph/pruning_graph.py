"""The traced model: what occurs where, what is tied, what is frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tfprune.graph.channels import (
    ChannelTensor,
    Frozen,
    Ids,
    Mask,
    Producer,
)
from tfprune.graph.groups import Group, build_groups
from tfprune.graph.recording import Recording
from tfprune.graph.report import render_graph
from tfprune.graph.step import BoundAxis, Step
from tfprune.graph.tracer import Tracer


@dataclass(frozen=True, eq=False)
class PruningGraph:
    """A model traced on channel numbers.

    Attributes:
        model: The model that was traced; it is not changed.
        producers: The runs of ids that the layers own.
        labels: For each id the number of its class of tied ids.
        frozen: Ids that may not be removed, with reasons.
        steps: The calls of the model's layers and operations, in order.
        inputs: The model's inputs as channel ids.
        outputs: The model's outputs as channel ids.
        nested_inputs: The input tensors of models inside the model, with the
            channels that enter there.
        shell: A functional model that calls a subclassed `model` once; the
            model itself where it has a graph.
        recordings: For calls of composite layers, by the `id` of their nodes,
            what happens inside.
        composite_outputs: For the same calls, what they return.
        flatten: What was asked for when it was traced.
        kept: Composite layers that stay objects of their class, by `id`, and
            why.
        step_models: For layers that run a model at each time step, by `id`,
            that model.
    """

    model: Any
    producers: tuple[Producer, ...]
    labels: Ids
    frozen: tuple[tuple[Ids, Frozen], ...]
    steps: tuple[Step, ...]
    inputs: tuple[ChannelTensor, ...]
    outputs: tuple[ChannelTensor, ...]
    nested_inputs: tuple[tuple[Any, ChannelTensor], ...]
    shell: Any
    recordings: Mapping[int, Recording]
    composite_outputs: Mapping[int, Sequence[ChannelTensor]]
    flatten: bool | None
    kept: Mapping[int, str]
    step_models: Mapping[int, Any]

    @classmethod
    def build(
        cls,
        model: Any,
        shell: Any,
        tracer: Tracer,
        inputs: tuple[ChannelTensor, ...],
        outputs: tuple[ChannelTensor, ...],
    ) -> "PruningGraph":
        """Closes a trace: what is tied becomes one class."""
        return cls(
            model=model,
            producers=tuple(tracer.channels.producers.values()),
            labels=tracer.channels.labels(),
            frozen=tracer.channels.frozen(),
            steps=tuple(tracer.steps),
            inputs=inputs,
            outputs=outputs,
            nested_inputs=tuple(tracer.nested_inputs.values()),
            shell=shell,
            recordings=tracer.recordings,
            composite_outputs=tracer.composite_outputs,
            flatten=tracer.flatten,
            kept=tracer.kept,
            step_models=tracer.step_models,
        )

    @property
    def axes(self) -> tuple[BoundAxis, ...]:
        """All weight axes that carry channels, in the order of the calls."""
        return tuple(axis for step in self.steps for axis in step.axes)

    @property
    def counted(self) -> list[Ids]:
        """The ids that config entries and nested inputs count."""
        counted = [
            part
            for step in self.steps
            for size in step.binding.sizes.values()
            for part in (size if isinstance(size, tuple) else (size,))
            if isinstance(part, np.ndarray)
        ]
        for step in self.steps:
            if step.binding.rewriting is not None:
                counted += step.binding.rewriting.ids
        return counted + [x.ids.ravel() for _, x in self.nested_inputs]

    @cached_property
    def _groups(self) -> tuple[Group, ...]:
        return build_groups(
            self.labels, self.producers, self.axes, self.counted, self.frozen
        )

    def groups(self) -> tuple[Group, ...]:
        """The groups of channels that can only be removed together."""
        return self._groups

    def group_of(self, layer: str) -> tuple[Group, ...]:
        """The groups that a layer's kernel produces.

        Args:
            layer: Path of the layer.
        """
        return tuple(x for x in self._groups if layer in x.producers)

    def unknown(self) -> tuple[Step, ...]:
        """The calls of layers and operations that have no handler."""
        return tuple(step for step in self.steps if not step.known)

    def keep_by_id(self, keep_by_label: Mask) -> Mask:
        """Spreads one bool a class to one an id, and one for `CONSTANT`.

        Returns:
            Bool array of shape `(ids + 1,)`; index -1 is true.
        """
        return np.append(keep_by_label[self.labels], True)

    def report(self) -> str:
        """Groups, widths, what is frozen and why, as a text table."""
        return render_graph(self.model.name, self._groups, self.unknown())

    def __str__(self) -> str:
        return self.report()
