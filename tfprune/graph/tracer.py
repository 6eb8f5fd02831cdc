"""Runs the calls of a model on channel ids, handler by handler."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import tree

from tfprune.errors import InvalidInputError
from tfprune.graph.binding import Binding, Flow, UncoveredError
from tfprune.graph.bound_weights import BoundWeights
from tfprune.graph.channels import (
    CONSTANT,
    Channels,
    ChannelTensor,
    Ids,
    Shape,
)
from tfprune.graph.declarations import check_output
from tfprune.graph.distributed import (
    every_step,
    first_step,
    model_of_step,
    runs_model_by_step,
)
from tfprune.graph.handlers import find_handler, takes_operands
from tfprune.graph.handlers.constants import of_every_step, of_one_step
from tfprune.graph.inputs import Inputs
from tfprune.graph.keras_graph import (
    Arguments,
    Call,
    Keywords,
    has_mask,
    is_graph,
    run_nodes,
)
from tfprune.graph.layout import broadcast_rank, rectangular
from tfprune.graph.literals import freeze_literals, freeze_told_sizes
from tfprune.graph.operand import Operand, is_array
from tfprune.graph.output_shapes import (
    output_shapes,
    reshaped,
    tells_shape,
)
from tfprune.graph.recording import Recording, record, recorded_shapes
from tfprune.graph.scope import Scope
from tfprune.graph.step import BoundAxis, Step

REMEDY = "register a handler with @tfprune.handles, or leave it unpruned"


class Tracer:
    """The state of one trace: ids handed out, and the steps so far.

    Args:
        flatten: Whether composite layers are taken apart; None where that
            changes nothing.
    """

    def __init__(self, flatten: bool | None) -> None:
        self.channels = Channels()
        self.steps: list[Step] = []
        self.nested_inputs: dict[int, tuple[Any, ChannelTensor]] = {}
        self.recordings: dict[int, Recording] = {}
        self.composite_outputs: dict[int, list[ChannelTensor]] = {}
        self.kept: dict[int, str] = {}
        self.step_models: dict[int, keras.Model] = {}
        self.flatten = flatten
        self._weights = BoundWeights(self.channels)
        self._paths: dict[int, str] = {}

    def model_input(self, tensor: Any) -> ChannelTensor:
        self.channels.enter(tensor.name)
        return self._frozen_tensor(tuple(tensor.shape), "model input")

    def producer_of(self, tensor: ChannelTensor) -> str:
        """The path of the layer that returned a tensor."""
        for step in self.steps:
            if any(output.key == tensor.key for output in step.outputs):
                return step.path
        return "input"

    def run(
        self,
        model: keras.Model,
        inputs: Sequence[ChannelTensor],
        scope: Scope,
    ) -> list[ChannelTensor]:
        """Runs the graph of a functional or Sequential model."""
        outputs = run_nodes(model, inputs, self._visit(scope))
        return [x for x in tree.flatten(outputs) if x is not None]

    def _visit(self, scope: Scope) -> Any:
        def visit(call: Call, args: Arguments, kwargs: Keywords) -> Any:
            operation = call.operation
            path = self._path(operation, scope)
            self.channels.enter(path)
            shapes = output_shapes(call, args, kwargs)
            if is_graph(operation):
                tensors = self._tensors((args, kwargs))
                self._enter_nested(operation, tensors)
                inner = scope.nested(operation, path)
                outputs = self.run(operation, tensors, inner)
                return reshaped(outputs, shapes)
            if runs_model_by_step(operation):
                return self._distribute(
                    call, path, (args, kwargs), shapes, scope
                )
            if find_handler(operation) is None and isinstance(
                operation, keras.layers.Layer
            ):
                return self._open(call, path, args, kwargs, shapes, scope)
            return self._bind(call, path, (args, kwargs), shapes, scope)

        return visit

    def _path(self, operation: Any, scope: Scope) -> str:
        if id(operation) not in self._paths:
            path, number = scope.path_of(operation), 0
            taken = set(self._paths.values())
            unique = path
            while unique in taken:
                number += 1
                unique = f"{path}_{number}"
            self._paths[id(operation)] = unique
        return self._paths[id(operation)]

    def _open(
        self,
        call: Call,
        path: str,
        args: Arguments,
        kwargs: Keywords,
        shapes: Sequence[Shape],
        scope: Scope,
    ) -> list[ChannelTensor]:
        """Traces a layer without a handler through its `call`."""
        layer = call.operation
        tensors = [
            x for x in tree.flatten((args, kwargs)) if hasattr(x, "full_shape")
        ]
        try:
            recording = record(
                layer,
                args,
                kwargs,
                recorded_shapes(call, tensors),
                [x.dtype for x in call.inputs],
            )
        except UncoveredError as uncovered:
            arguments = self._tensors((args, kwargs))
            return self._freeze_around(call, path, arguments, shapes, uncovered)
        if not recording.variable and any(map(has_mask, call.inputs)):
            recording = replace(recording, variable="its input carries a mask")
        self.recordings[id(call.node)] = recording
        kept = self.flatten is False or (
            bool(recording.variable) and self.flatten is None
        )
        if kept and not scope.kept:
            self.kept[id(layer)] = recording.variable or "asked for"
        self._refuse(layer, path, recording)
        inner = scope.inside(layer, path, kept)
        static = reshaped(tensors, [tuple(x.shape) for x in recording.inputs])
        outputs = recording.run(static, self._visit(inner))
        found = [x for x in tree.flatten(outputs) if x is not None]
        result = reshaped(found, shapes)
        self.composite_outputs[id(call.node)] = result
        if inner.kept and tells_shape(layer):
            self.channels.enter(path)
            freeze_told_sizes(self.channels, call, args, kwargs, result)
        return result

    def _distribute(
        self,
        call: Call,
        path: str,
        arguments: tuple[Arguments, Keywords],
        shapes: Sequence[Shape],
        scope: Scope,
    ) -> list[ChannelTensor]:
        """Traces a model that a layer runs at each time step."""
        tensors = self._tensors(arguments)
        try:
            step = first_step(call, tensors)
        except UncoveredError as uncovered:
            return self._freeze_around(call, path, tensors, shapes, uncovered)
        key = id(call.operation)
        if key not in self.step_models:
            self.step_models[key] = model_of_step(call)
        model = self.step_models[key]
        self._enter_nested(model, [step])
        self._pass_on(call, path, tensors[0], step, of_one_step)
        times = tensors[0].shape[0] or 1
        inner = scope.nested(model, path).repeated(times)
        (output,) = self.run(model, [step], inner)
        result = every_step(output, shapes[0])
        self._pass_on(call, path, output, result, of_every_step)
        return [result]

    def _pass_on(
        self,
        call: Call,
        path: str,
        tensor: ChannelTensor,
        result: ChannelTensor,
        flow: Flow,
    ) -> None:
        """Notes that a layer hands channels on in another layout."""
        self.steps.append(
            Step(
                operation=call.operation,
                node=call.node,
                path=path,
                inputs=(tensor,),
                outputs=(result,),
                binding=Binding(output=result.full_ids, constants=flow),
                axes=(),
                weights=(),
                known=True,
            )
        )

    def _refuse(self, layer: Any, path: str, recording: Recording) -> None:
        if self.flatten and recording.variable:
            raise InvalidInputError(
                f"Layer '{path}' ({type(layer).__name__}) cannot be "
                f"flattened: {recording.variable}. Pass flatten=False, which "
                "keeps the layer as an object of its class."
            )

    def close(self) -> None:
        """Freezes channels in weights that are used in ways not followed."""
        self._weights.close(self.steps)

    def _enter_nested(
        self, model: keras.Model, tensors: Sequence[ChannelTensor]
    ) -> None:
        """Notes the widths of a nested model's inputs; two calls tie them."""
        for inner, tensor in zip(model.inputs, tensors, strict=True):
            _, first = self.nested_inputs.setdefault(id(inner), (inner, tensor))
            self.channels.tie(first.ids, tensor.ids)

    def _tensors(self, arguments: Any) -> list[ChannelTensor]:
        """The tensors among a layer's arguments; constants are frozen."""
        leaves = tree.flatten(arguments)
        ranks = [x.rank for x in leaves if isinstance(x, ChannelTensor)]
        tensors = []
        for leaf in leaves:
            if isinstance(leaf, ChannelTensor):
                tensors.append(leaf)
            elif is_array(leaf) and tuple(leaf.shape):
                # An array may have the batch axis written out.
                batch = len(leaf.shape) > max(ranks, default=0)
                shape = tuple(leaf.shape)
                tensors.append(
                    self._frozen_tensor(
                        shape if batch else (1, *shape),
                        "takes a constant array",
                        "make the array a weight of a layer",
                    )
                )
        return tensors

    def _frozen_tensor(
        self, shape: Shape, reason: str, remedy: str = ""
    ) -> ChannelTensor:
        count = (shape[-1] if len(shape) > 1 else 1) or 1
        ids = self.channels.fixed(count, reason, remedy)
        return ChannelTensor(broadcast_rank(ids, len(shape)), shape)

    def _bind(
        self,
        call: Call,
        path: str,
        arguments: tuple[Arguments, Keywords],
        shapes: Sequence[Shape],
        scope: Scope,
    ) -> list[ChannelTensor]:
        operation = call.operation
        layer = isinstance(operation, keras.layers.Layer)
        if layer and not any(
            isinstance(x, keras.Variable) for x in tree.flatten(arguments)
        ):
            tensors = self._tensors(arguments)
        else:
            arguments = self._with_operands(operation, arguments, scope)
            tensors = [
                x
                for x in tree.flatten(arguments)
                if isinstance(x, ChannelTensor)
            ]
            self.channels.enter(path)
        inputs = Inputs(tensors, call, arguments, shapes)
        try:
            binding = (
                Binding(output=inputs[0].full_ids)
                if call.spreads and not scope.kept
                else self._handled(operation, inputs)
            )
            outputs = self._outputs(binding, shapes, path)
            axes = self._weights.bind(operation, path, binding, inputs)
        except UncoveredError as uncovered:
            return self._freeze_around(call, path, tensors, shapes, uncovered)
        if scope.kept and not layer:
            freeze_literals(self.channels, binding, axes)
        binding = binding.repeated(scope.times)
        self._weights.tie_sizes(call, binding)
        self.steps.append(
            Step(
                operation=operation,
                node=call.node,
                path=path,
                inputs=tuple(tensors),
                outputs=tuple(outputs),
                binding=binding,
                axes=axes,
                weights=weights_of(operation, tensors),
                known=True,
            )
        )
        return outputs

    def _freeze_around(
        self,
        call: Call,
        path: str,
        tensors: Sequence[ChannelTensor],
        shapes: Sequence[Shape],
        uncovered: UncoveredError,
    ) -> list[ChannelTensor]:
        """Freezes what goes into and comes out of what is not followed."""
        operation = call.operation
        self.channels.enter(path)
        for tensor in tensors:
            self.channels.freeze(
                tensor.full_ids, uncovered.reason, uncovered.remedy
            )
            if isinstance(tensor, Operand):
                self._weights.pin(path, tensor, None)
        outputs = [
            self._frozen_tensor(shape, "output of an unknown operation")
            for shape in shapes
        ]
        self.steps.append(
            Step(
                operation=operation,
                node=call.node,
                path=path,
                inputs=tuple(tensors),
                outputs=tuple(outputs),
                binding=Binding(output=tuple(x.ids for x in outputs)),
                axes=(),
                weights=weights_of(operation, tensors),
                known=False,
            )
        )
        return outputs

    def _handled(self, operation: Any, inputs: Inputs) -> Binding:
        if not inputs and not isinstance(operation, keras.layers.Layer):
            # It computes with weights that are single numbers.
            return Binding(output=np.full((), CONSTANT))
        handler = find_handler(operation)
        if handler is None:
            raise UncoveredError(
                f"no handler for {type(operation).__name__}", REMEDY
            )
        if isinstance(operation, keras.layers.Layer):
            if any(x.full_ids.shape[:1] not in ((), (1,)) for x in inputs):
                raise UncoveredError("its input has channels on the batch axis")
        elif any(
            is_array(x) and len(x.shape) for x in vars(operation).values()
        ):
            raise UncoveredError("is given an array when it is made")
        return handler(operation, inputs, self.channels)

    def _with_operands(
        self,
        operation: Any,
        arguments: tuple[Arguments, Keywords],
        scope: Scope,
    ) -> Any:
        """Puts operands in the place of weights and arrays."""
        direct = takes_operands(operation)

        def replaced(leaf: Any) -> Any:
            if not is_array(leaf) or not tuple(leaf.shape):
                return leaf
            name = scope.names.get(id(leaf), getattr(leaf, "name", "array"))
            operand = Operand.of(leaf, name)
            return operand if direct else self._read(operand, scope)

        return tree.map_structure(replaced, arguments)

    def _read(self, operand: Operand, scope: Scope) -> ChannelTensor:
        """An operand as a tensor whose channels lie on its last axis."""
        path = f"{scope.path}/{operand.name}" if scope.path else operand.name
        self.channels.enter(path)
        axis, rank = operand.channel_axis, len(operand.full_shape)
        axes: tuple[BoundAxis, ...] = ()
        if axis is None:
            ids = self.channels.fixed(1, "a number")
        elif operand.is_weight:
            count = operand.full_shape[axis] or 1
            ids = self._weights.along(operand.holder, axis, count)
            axes = (
                BoundAxis(
                    scope.path, operand.name, operand.holder, axis, ids, "out"
                ),
            )
        else:
            ids = self.channels.fixed(
                operand.full_shape[axis] or 1, "takes a constant array"
            )
        self._weights.pin(path, operand, axis)
        shape = [1] * rank
        if axis is not None:
            shape[axis] = len(ids)
        tensor = ChannelTensor(ids.reshape(shape), operand.full_shape)
        if operand.is_weight:
            self.steps.append(
                Step(
                    operation=operand.holder,
                    node=None,
                    path=path,
                    inputs=(),
                    outputs=(tensor,),
                    binding=Binding(output=ids),
                    axes=axes,
                    weights=(operand.holder,),
                    known=True,
                )
            )
        return tensor

    def _outputs(
        self, binding: Binding, shapes: Sequence[Shape], path: str
    ) -> list[ChannelTensor]:
        ids = binding.output
        outputs = ids if isinstance(ids, tuple) else (ids,)
        if len(outputs) != len(shapes):
            raise InvalidInputError(
                f"The handler of '{path}' returned {len(outputs)} outputs, "
                f"but the layer has {len(shapes)}."
            )
        return [
            self._output(out, shape, path)
            for out, shape in zip(outputs, shapes, strict=True)
        ]

    def _output(self, ids: Ids, shape: Shape, path: str) -> ChannelTensor:
        ids = broadcast_rank(ids, len(shape))
        check_output(ids, shape, path)
        # A view, so that each tensor has an array of its own.
        return ChannelTensor(rectangular(self.channels, ids).view(), shape)


def weights_of(
    operation: Any, tensors: Sequence[ChannelTensor]
) -> tuple[Any, ...]:
    """The variables of a layer, or those that an operation is given."""
    if isinstance(operation, keras.layers.Layer):
        return tuple(operation.weights)
    return tuple(
        x.holder for x in tensors if isinstance(x, Operand) and x.is_weight
    )
