"""Moves what only scales channels into the weights around it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.graph import ChannelTensor, PruningGraph
from tfprune.graph.binding import Scaling, Values
from tfprune.graph.channels import Ids
from tfprune.graph.handlers.homogeneous import (
    is_depthwise,
    is_homogeneous,
    rectifies,
)
from tfprune.graph.step import BoundAxis, Step
from tfprune.surgery.constants import WorkingWeights
from tfprune.surgery.origin import origin_of

STATISTICS = ("moving_mean", "moving_variance")


@dataclass(frozen=True, eq=False)
class Folding:
    """Which layers that scale channels are needed no longer.

    Attributes:
        folded: Their `id`s: their factors are part of other weights now.
        left: For the others, by path, why they must stay.
        frozen: Config entries, by `id`, that make the others scale by the
            same numbers in training.
    """

    folded: frozenset[int]
    left: Mapping[str, str]
    frozen: Mapping[int, Mapping[str, Any]]


class _ObstacleError(Exception):
    """Why factors cannot go this way."""


@dataclass(frozen=True, eq=False)
class _Factors:
    """A factor for each position of one axis of a tensor.

    Attributes:
        values: The factors.
        ids: The ids along the axis.
        axis: The axis, without the batch.
    """

    values: Values
    ids: Ids
    axis: int

    def at(self, tensor: ChannelTensor) -> "_Factors":
        """The factors in the order of another tensor's ids, 1 elsewhere."""
        axis = int(np.argmax(tensor.ids.shape))
        ids = tensor.ids.ravel()
        return _Factors(self.along(ids, axis), ids, axis)

    def along(self, ids: Ids, axis: int | None = None) -> Values:
        """The factors of some ids, 1 where they have none.

        Args:
            ids: The ids.
            axis: The axis of a tensor that they lie along; None for ids that
                belong to no axis but that of a weight.

        Raises:
            _ObstacleError: When an id alone does not tell the factor, or some
                ids are not among them.
        """
        if axis == self.axis and np.array_equal(ids, self.ids):
            return self.values
        told = len(np.unique(self.ids)) == len(self.ids)
        if not told or not np.isin(self.ids, ids).all():
            raise _ObstacleError("positions of one channel differ in factor")
        table = dict(zip(self.ids.tolist(), self.values.tolist(), strict=True))
        return np.array([table.get(x, 1.0) for x in ids.tolist()])


_Product = tuple[BoundAxis, Values]
"""A weight axis and what it is to be multiplied by."""


class Folder:
    """Multiplies factors into weights, where the function stays the same.

    A factor goes forward, into the kernels that read the channel, where only
    what is homogeneous lies between; else backward, into the kernel or the
    batch normalization that the channel comes from.

    Args:
        graph: The traced model.
        weights: The weights to change.
    """

    def __init__(self, graph: PruningGraph, weights: WorkingWeights) -> None:
        self._graph = graph
        self._weights = weights
        self._calls = Counter(id(step.operation) for step in graph.steps)
        self._outputs = {tensor.key for tensor in graph.outputs}
        self._readers: dict[int, list[Step]] = {}
        self._makers: dict[int, Step] = {}
        for step in graph.steps:
            for tensor in {x.key: x for x in step.inputs}.values():
                self._readers.setdefault(tensor.key, []).append(step)
            for tensor in step.outputs:
                self._makers[tensor.key] = step

    def fold(self) -> Folding:
        """Folds every layer that can be; a shared one in all of its calls."""
        calls: dict[int, list[tuple[Step, Scaling]]] = {}
        for step in self._graph.steps:
            if step.binding.scaling is not None:
                call = (step, step.binding.scaling)
                calls.setdefault(id(step.operation), []).append(call)
        left: dict[str, str] = {}
        frozen: dict[int, dict[str, Any]] = {}
        for key, found in calls.items():
            try:
                products = [x for call in found for x in self._way(*call)]
            except _ObstacleError as obstacle:
                left[found[0][0].path] = str(obstacle)
                frozen[key] = {"trainable": False}
                continue
            for axis, values in products:
                array = self._weights[id(axis.variable)]
                array *= along(values, axis.axis, array.ndim)
        return Folding(frozenset(calls) - frozenset(frozen), left, frozen)

    def ahead(
        self, step: Step, factor: float
    ) -> list[tuple[BoundAxis, Values]]:
        """What weights make up for a factor on all that a layer puts out.

        Args:
            step: The only call of the layer.
            factor: The factor that they are to have in its place.

        Returns:
            Axes of weights that read the channels, and what each of their
            positions is to be multiplied by.

        Raises:
            InvalidInputError: When the function would not stay the same.
        """
        output = step.outputs[0]
        axis = int(np.argmax(output.ids.shape))
        ids = output.ids.ravel()
        factors = _Factors(np.full(len(ids), factor), ids, axis)
        try:
            return self._forward(output, factors)
        except _ObstacleError as obstacle:
            raise InvalidInputError(
                f"The channels of '{step.path}' cannot be scaled: {obstacle}. "
                "Between it and the weights that read it there may only be "
                "what maps scaled inputs to scaled outputs, such as ReLU; else "
                "leave them out by `layers` of tfprune.penalize_scales."
            ) from None

    def _way(self, step: Step, scaling: Scaling) -> list[_Product]:
        if self._graph.kept or origin_of(self._graph.model) is not None:
            raise _ObstacleError("the model holds layers that stay objects")
        values = np.asarray(scaling.factors(self._weights.of(step)), "float64")
        factors = _Factors(values, scaling.ids, scaling.axis)
        try:
            return self._forward(step.outputs[0], factors)
        except _ObstacleError as ahead:
            try:
                return self._backward(step, step.inputs[0], factors)
            except _ObstacleError as behind:
                raise _ObstacleError(
                    f"ahead, {ahead}; behind, {behind}"
                ) from None

    def _forward(
        self, tensor: ChannelTensor, factors: _Factors
    ) -> list[_Product]:
        """What lets all readers of a tensor do without the factors."""
        if tensor.key in self._outputs:
            raise _ObstacleError("the model returns it")
        products = []
        for step in self._readers.get(tensor.key, []):
            if step.binding.absorption is not None:
                axis = step.binding.absorption.axis % tensor.rank
                products += self._into_reader(step, axis, factors)
            elif is_depthwise(step.operation):
                products.append(self._into_filters(step, factors))
            else:
                if not passes(step):
                    raise _ObstacleError(f"'{step.path}' is not homogeneous")
                others = [x for x in step.inputs if x.key != tensor.key]
                for other in others:
                    if np.isin(other.ids, factors.ids).any():
                        raise _ObstacleError(
                            f"'{step.path}' reads channels without the factor"
                        )
                output = step.outputs[0]
                products += self._forward(output, factors.at(output))
        return products

    def _into_reader(
        self, step: Step, axis: int, factors: _Factors
    ) -> list[_Product]:
        entering = [x for x in step.axes if x.role == "in"]
        if self._calls[id(step.operation)] > 1:
            raise _ObstacleError(f"'{step.path}' is called several times")
        if not entering:
            raise _ObstacleError(f"'{step.path}' reads channels in groups")
        # Of a chain of kernels the first is enough.
        return [(entering[0], factors.along(entering[0].ids, axis))]

    def _into_filters(self, step: Step, factors: _Factors) -> _Product:
        """What lets a convolution of each channel by itself do without them."""
        if self._calls[id(step.operation)] > 1:
            raise _ObstacleError(f"'{step.path}' is called several times")
        (kernel,) = [x for x in step.axes if x.weight == "kernel"]
        return kernel, factors.along(kernel.ids)

    def _backward(
        self, reader: Step, tensor: ChannelTensor, factors: _Factors
    ) -> list[_Product]:
        """What makes a tensor come out with the factors."""
        readers = self._readers[tensor.key]
        if len(readers) > 1 or tensor.key in self._outputs:
            raise _ObstacleError("something else reads it too")
        maker = self._makers.get(tensor.key)
        if maker is None:
            raise _ObstacleError("it is an input of the model")
        if self._calls[id(maker.operation)] > 1:
            raise _ObstacleError(f"'{maker.path}' is called several times")
        if is_homogeneous(maker.operation) and len(maker.inputs) == 1:
            source = maker.inputs[0]
            return self._backward(maker, source, factors.at(source))
        return self._out_of_maker(maker, factors)

    def _out_of_maker(self, step: Step, factors: _Factors) -> list[_Product]:
        leaving = [x for x in step.axes if x.role == "out"]
        if isinstance(step.operation, keras.layers.BatchNormalization):
            leaving = [x for x in leaving if x.weight not in STATISTICS]
            scaled = any(x.weight == "gamma" for x in leaving)
        else:
            activation = getattr(step.operation, "activation", None)
            affine = step.binding.absorption is not None
            scaled = affine and rectifies(activation)
        # A bias that the layer only gets now is not among its axes.
        if not scaled or id(step.operation) in self._weights.new_biases:
            raise _ObstacleError(f"'{step.path}' takes no factors")
        return [(axis, factors.along(axis.ids)) for axis in leaving]


def passes(step: Step) -> bool:
    """Whether scaled channels come out of a step scaled alike."""
    return step.binding.scaling is not None or is_homogeneous(step.operation)


def along(values: Values, axis: int, rank: int) -> Values:
    """Lays numbers along one axis of an array of `rank` axes."""
    shape = [1] * rank
    shape[axis] = len(values)
    return values.reshape(shape)
