"""A model as one flat graph of simple layers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
from keras import tree

from tfprune.errors import InvalidInputError
from tfprune.graph import trace
from tfprune.graph.flattening import trains_in_its_own_way
from tfprune.graph.keras_graph import (
    Arguments,
    Call,
    Keywords,
    Visit,
    has_mask,
    is_graph,
    is_symbolic,
    recorded_calls,
    run_nodes,
)
from tfprune.graph.operand import is_array
from tfprune.graph.scope import snake_case
from tfprune.layers import ConstantArray, FloatResult
from tfprune.quantization.decomposition import simpler
from tfprune.quantization.layer_choice import LayerChoice
from tfprune.quantization.placement import placement_of
from tfprune.surgery.copied_layer import fill, resized
from tfprune.surgery.layer_names import LayerNames, name_apart
from tfprune.surgery.rebuild import rebuild


@dataclass(frozen=True, eq=False)
class FlatModel:
    """A functional model without models and composite layers in it.

    Attributes:
        model: The model; its layers are its own.
        paths: For its layers and operations, by `id`, the path of the layer
            of the user's model that each comes from.
    """

    model: keras.Model
    paths: dict[int, str]


def unfolded(model: keras.Model) -> keras.Model:
    """A copy of a model whose composite layers are taken apart.

    Raises:
        InvalidInputError: When the model cannot be traced, or holds layers
            that cannot be taken apart.
    """
    graph = trace(model)
    for reason in graph.kept.values():
        raise InvalidInputError(
            f"Model '{model.name}' has layers whose call cannot be taken apart "
            f"({reason}), so no ranges can be put between what it computes. "
            "Pass a functional model of layers of Keras."
        )
    return rebuild(graph)


def output_names(model: keras.Model) -> list[str]:
    """The names by which losses and files know the outputs of a model."""
    if isinstance(model, keras.Sequential):
        return [model.layers[-1].name]
    return list(model.output_names)


def paths_in(model: keras.Model, within: str = "") -> Iterator[str]:
    """The paths of the layers and operations that a model calls."""
    for call in recorded_calls(model):
        path = path_of(call.operation, within)
        if is_graph(call.operation):
            yield from paths_in(call.operation, path)
        else:
            yield path


def path_of(operation: Any, within: str) -> str:
    """The path of a layer; layers of composite ones have dots in names."""
    name = operation.name.replace(".", "/")
    return f"{within}/{name}" if within else name


def flattened(model: keras.Model, choice: LayerChoice) -> FlatModel:
    """Makes of nested models and compound layers one flat model.

    Args:
        model: A functional or Sequential model without composite layers.
        choice: Which layers are quantized; only these are taken apart.

    Raises:
        InvalidInputError: When a layer cannot be taken apart as it is called.
    """
    return _Flattening(choice).run(model)


class _Flattening:
    """The layers of the flat model so far."""

    def __init__(self, choice: LayerChoice) -> None:
        self._choice = choice
        self._names = LayerNames()
        self._copies: dict[int, Any] = {}
        self._parts: dict[int, keras.Model] = {}
        self._paths: dict[int, str] = {}

    def run(self, model: keras.Model) -> FlatModel:
        """Makes the flat model."""
        stacked = isinstance(model, keras.Sequential)
        struct = model.inputs[0] if stacked else model.input
        inputs = tree.map_structure(new_input, struct)
        self._names.take(x.name for x in tree.flatten(inputs))
        outputs = run_nodes(model, tree.flatten(inputs), self._visit(""))
        kind = type(model) if trains_in_its_own_way(model) else keras.Model
        return FlatModel(kind(inputs, outputs, name=model.name), self._paths)

    def _visit(self, within: str, part_of: str | None = None) -> Visit:
        """Calls the copies of what was called.

        Args:
            within: The path of the model whose calls these are.
            part_of: The layer that they stand for, if they do.
        """

        def visit(call: Call, args: Arguments, kwargs: Keywords) -> Any:
            operation = call.operation
            if isinstance(operation, FloatResult):
                # What stays float is decided anew.
                return tree.flatten((args, kwargs))[0]
            path = part_of or path_of(operation, within)
            name = path_of(operation, within)
            if part_of and not isinstance(operation, keras.layers.Layer):
                # Keras numbers operations anew each time.
                name = f"{within}/{snake_case(operation)}"
            elif part_of and operation.name == within.split("/")[-1]:
                name = within
            if is_graph(operation):
                return self._run(operation, (args, kwargs), name, part_of)
            if path in self._choice:
                check_unmasked(call, path)
                model = self._made_of(operation, args, kwargs, path)
                if model is not None:
                    return self._run(model, (args, kwargs), name, path)
                args, kwargs = self._with_layers(call, args, kwargs, path)
            return self._copied(operation, name, path)(*args, **kwargs)

        return visit

    def _with_layers(
        self, call: Call, args: Arguments, kwargs: Keywords, path: str
    ) -> tuple[Arguments, Keywords]:
        """Arguments with layers in the place of the arrays to be rounded."""
        placement = placement_of(call.operation)
        if placement is None or not placement.rounds_arrays:
            return args, kwargs
        found = filter(is_symbolic, tree.flatten((args, kwargs)))
        anchor, (result,) = next(found), call.outputs
        rank = len(result.shape)
        # Arrays of NumPy are of float64 easily; that of 8 bits is not meant.
        dtype = "float32" if result.dtype == "float64" else result.dtype

        def layer_or(leaf: Any) -> Any:
            if not is_array(leaf) or not is_float(leaf):
                return leaf
            array = keras.ops.convert_to_numpy(leaf)
            # Equal numbers are exact in whatever scale.
            if array.size == 0 or (array == array.flat[0]).all():
                return leaf
            shape = (1,) * (rank - array.ndim) + array.shape
            if shape[0] > 1:
                return leaf
            layer = ConstantArray(
                shape[1:],
                dtype=dtype,
                name=self._names.unique(f"{path}/array"),
            )
            layer.array.assign(array.reshape(shape[1:]))
            self._paths[id(layer)] = path
            return layer(anchor)

        return tree.map_structure(layer_or, (args, kwargs))

    def _run(
        self, model: keras.Model, arguments: Any, name: str, part_of: str | None
    ) -> Any:
        tensors = [x for x in tree.flatten(arguments) if is_symbolic(x)]
        return run_nodes(model, tensors, self._visit(name, part_of))

    def _made_of(
        self, operation: Any, args: Arguments, kwargs: Keywords, path: str
    ) -> keras.Model | None:
        """A model of the simpler layers that a layer is made of."""
        made_of = simpler(operation)
        if made_of is None:
            return None
        known = self._parts.get(id(operation))
        found = [x for x in tree.flatten((args, kwargs)) if is_symbolic(x)]
        shapes = [tuple(x.shape) for x in found]
        if known is not None:
            if [tuple(x.shape) for x in known.inputs] != shapes:
                raise InvalidInputError(
                    f"Layer '{path}' ({type(operation).__name__}) is called on "
                    f"different shapes, {shapes} among them, so it cannot be "
                    "taken apart for quantization. Leave it out by `layers`, "
                    "or use a layer for each."
                )
            return known
        args, kwargs = tree.map_structure(
            lambda x: unnamed_input(x) if is_symbolic(x) else x, (args, kwargs)
        )
        inputs = [x for x in tree.flatten((args, kwargs)) if is_symbolic(x)]
        outputs = made_of(*args, **kwargs)
        if outputs is None:
            return None
        name_apart(outputs, ())
        model = keras.Model(inputs, outputs)
        self._parts[id(operation)] = model
        return model

    def _copied(self, operation: Any, name: str, path: str) -> Any:
        """The copy of a layer or an operation, with its weights."""
        key = id(operation)
        if key not in self._copies:
            made = resized(operation, {"name": self._names.unique(name)})
            if isinstance(operation, keras.layers.Layer):
                fill(operation, made, {}, ())
            self._copies[key] = made
            self._paths[id(made)] = path
        return self._copies[key]


def check_unmasked(call: Call, path: str) -> None:
    """Refuses a mask of time steps, which the simpler layers would lose.

    Raises:
        InvalidInputError: With the layer that gets it.
    """
    if any(map(has_mask, call.inputs)):
        raise InvalidInputError(
            f"Layer '{path}' ({type(call.operation).__name__}) gets a mask of "
            "time steps, which no integer kernel takes. Build the model "
            "without `mask_zero` and Masking, or leave the layer float by "
            "`layers`."
        )


def new_input(tensor: Any) -> Any:
    """An input like a tensor."""
    return keras.Input(
        batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name
    )


def unnamed_input(tensor: Any) -> Any:
    """An input like a tensor, which may stand beside others like it."""
    return keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype)


def is_float(tensor: Any) -> bool:
    """Whether a tensor, or an array, holds real numbers."""
    return "float" in str(tensor.dtype)
