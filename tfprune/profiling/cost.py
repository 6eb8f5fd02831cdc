"""What a traced model costs, as a function of the channels that stay."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from tfprune.graph import PruningGraph
from tfprune.graph.channels import Ids, Mask
from tfprune.graph.step import Step


@dataclass(frozen=True, eq=False)
class CostTerm:
    """The elements of one weight, each counted `factor` times.

    Attributes:
        layer: Path of the layer.
        factor: How much one element costs.
        axes: Ids along the axes that can shrink.
        rest: Product of the lengths of the other axes.
    """

    layer: str
    factor: int
    axes: tuple[Ids, ...]
    rest: int

    def value(self, keep: Mask) -> int:
        """The cost once only some channels stay."""
        total = self.factor * self.rest
        for ids in self.axes:
            total *= int(np.count_nonzero(keep[ids]))
        return total


Cost: TypeAlias = tuple[CostTerm, ...]


def total(cost: Cost, keep: Mask) -> int:
    """Sums a cost for the channels that stay.

    Args:
        cost: The terms.
        keep: One bool for each id, and a last, true, for constants.
    """
    return sum(term.value(keep) for term in cost)


def macs(graph: PruningGraph) -> Cost:
    """Multiply-accumulates for one example: convolutions and products."""
    return _terms(
        graph,
        lambda step, name: step.binding.macs.get(name, 0),
        shared=False,
    )


def parameters(graph: PruningGraph) -> Cost:
    """Numbers of the weights, those that are not trained included."""
    return _terms(graph, lambda step, name: 1, shared=True)


def bytes_in_memory(graph: PruningGraph) -> Cost:
    """Bytes of the weights at the dtype that they are held in."""
    return _terms(graph, _item_size, shared=True)


def _item_size(step: Step, name: str) -> int:
    return item_size(getattr(step.operation, name))


def item_size(variable: Any) -> int:
    """Bytes of one element of a Keras variable."""
    sizes = {"bfloat16": 2, "float8_e4m3fn": 1, "float8_e5m2": 1, "int4": 1}
    dtype = str(variable.dtype)
    return sizes[dtype] if dtype in sizes else np.dtype(dtype).itemsize


def _terms(
    graph: PruningGraph, factor: Callable[[Step, str], int], *, shared: bool
) -> Cost:
    """One term for each weight of each call.

    Args:
        graph: The traced model.
        factor: Cost of one element of a weight, by step and attribute name.
        shared: Whether a weight that is used by several calls counts once.
    """
    terms: list[CostTerm] = []
    seen: set[int] = set()
    for step in graph.steps:
        axes: dict[str, dict[int, Ids]] = {}
        for axis in step.axes:
            axes.setdefault(axis.weight, {})[axis.axis] = axis.ids
        for name, carried in axes.items():
            variable = getattr(step.operation, name)
            if shared and id(variable) in seen:
                continue
            seen.add(id(variable))
            fixed = [
                size
                for index, size in enumerate(variable.shape)
                if index not in carried
            ]
            count = factor(step, name)
            if count:
                terms.append(
                    CostTerm(
                        step.path,
                        count,
                        tuple(carried.values()),
                        int(np.prod(fixed, dtype=np.int64)),
                    )
                )
    return tuple(terms)
