"""What a traced model costs, as a function of the channels that stay."""

import math
from collections.abc import Callable, Sequence
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
    terms = []
    for step in graph.steps:
        terms += [_product(step, sizes) for sizes in step.binding.products]
        names = {x.weight: x.variable for x in step.axes}
        for name, count in step.binding.macs.items():
            if name in names:
                variable = names[name]
                carried = _axes_of(step, variable)
                terms.append(_term(step, variable, carried, count))
    return tuple(terms)


def parameters(graph: PruningGraph) -> Cost:
    """Numbers of the weights, those that are not trained included."""
    return _weights(graph, lambda variable: 1)


def bytes_in_memory(graph: PruningGraph) -> Cost:
    """Bytes of the weights at the dtype that they are held in."""
    return _weights(graph, item_size)


def item_size(variable: Any) -> int:
    """Bytes of one element of a Keras variable."""
    sizes = {"bfloat16": 2, "float8_e4m3fn": 1, "float8_e5m2": 1, "int4": 1}
    dtype = str(variable.dtype)
    return sizes[dtype] if dtype in sizes else np.dtype(dtype).itemsize


def _weights(graph: PruningGraph, factor: Callable[[Any], int]) -> Cost:
    """One term for each weight; one that is used several times counts once.

    Args:
        graph: The traced model.
        factor: Cost of one element of a weight.
    """
    terms: list[CostTerm] = []
    seen: set[int] = set()
    for step in graph.steps:
        for variable in step.weights:
            if id(variable) not in seen:
                seen.add(id(variable))
                axes = _axes_of(step, variable)
                terms.append(_term(step, variable, axes, factor(variable)))
    return tuple(terms)


def _axes_of(step: Step, variable: Any) -> dict[int, Ids]:
    """The ids along the axes of a weight that carry channels."""
    return {x.axis: x.ids for x in step.axes if x.variable is variable}


def _product(step: Step, sizes: Sequence[int | Ids]) -> CostTerm:
    fixed = [x for x in sizes if isinstance(x, int)]
    counted = tuple(x for x in sizes if not isinstance(x, int))
    return CostTerm(step.path, 1, counted, math.prod(fixed))


def _term(
    step: Step, variable: Any, carried: dict[int, Ids], factor: int
) -> CostTerm:
    fixed = [
        size
        for index, size in enumerate(variable.shape)
        if index not in carried
    ]
    rest = int(np.prod(fixed, dtype=np.int64))
    return CostTerm(step.path, factor, tuple(carried.values()), rest)
