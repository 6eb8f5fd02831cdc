"""Batch normalization, as part of the layer before it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import layers, ops, tree
from numpy.typing import NDArray

from tfprune.graph.flattening import trains_in_its_own_way
from tfprune.graph.keras_graph import (
    Arguments,
    Call,
    Keywords,
    recorded_calls,
    run_nodes,
)
from tfprune.quantization.activation_name import function_name
from tfprune.quantization.affine import affine
from tfprune.quantization.flat_model import FlatModel, new_input
from tfprune.quantization.layer_choice import LayerChoice
from tfprune.quantization.scaled_constraint import scaled_constraint
from tfprune.quantization.scaled_regularizer import scaled_regularizer
from tfprune.surgery.copied_layer import resized

FILTERS: Mapping[type, int] = {
    layers.Conv1D: -1,
    layers.Conv2D: -1,
    layers.Conv3D: -1,
    layers.Conv2DTranspose: -2,
    layers.Dense: -1,
    layers.DepthwiseConv2D: -2,
}
"""Layers that take a batch normalization in, and the axis of the filters; a
depthwise kernel has them along its last two axes."""


def folded(
    flat: FlatModel, choice: LayerChoice, *, into_kernels: bool = True
) -> FlatModel:
    """Makes batch normalization part of the layers before it.

    It then scales and shifts by what it has learned, and follows the data no
    longer. Where no layer can take it in, it becomes a depthwise convolution
    of one tap.

    Args:
        flat: The model; it is not changed.
        choice: Which layers are quantized; others stay as they are.
        into_kernels: Whether kernels may be scaled, each filter by another
            factor.

    Returns:
        A model that computes the same at inference.
    """
    calls = recorded_calls(flat.model)
    if not any(is_normalization(x) for x in calls):
        return flat
    return _Folding(flat, choice, calls, into_kernels).run()


class _Folding:
    """Which layers take in which batch normalization."""

    def __init__(
        self,
        flat: FlatModel,
        choice: LayerChoice,
        calls: list[Call],
        into_kernels: bool,
    ) -> None:
        self._flat = flat
        self._choice = choice
        self._paths = dict(flat.paths)
        times = Counter(id(x.operation) for x in calls)
        reads = Counter(id(tensor) for x in calls for tensor in x.inputs)
        reads.update(id(x) for x in flat.model.outputs)
        makers = {id(y): x for x in calls for y in x.outputs}
        self._before: dict[int, Any] = {}
        self._behind: dict[int, Any] = {}
        self._made: dict[int, Any] = {}
        for call in calls:
            if not is_normalization(call):
                continue
            tensor = call.inputs[0]
            maker = makers.get(id(tensor))
            if (
                into_kernels
                and maker is not None
                and times[id(maker.operation)] == 1
                and times[id(call.operation)] == 1
                and reads[id(tensor)] == 1
                and takes_in(maker.operation)
                and (self._chosen(maker) or self._chosen(call))
            ):
                self._behind[id(maker.operation)] = call.operation
                self._before[id(call.operation)] = maker.operation

    def _chosen(self, call: Call) -> bool:
        return self._flat.paths[id(call.operation)] in self._choice

    def run(self) -> FlatModel:
        """Makes the model."""
        model = self._flat.model
        inputs = tree.map_structure(new_input, model.input)
        outputs = run_nodes(model, tree.flatten(inputs), self._visit)
        kind = type(model) if trains_in_its_own_way(model) else keras.Model
        return FlatModel(kind(inputs, outputs, name=model.name), self._paths)

    def _visit(self, call: Call, args: Arguments, kwargs: Keywords) -> Any:
        operation = call.operation
        if id(operation) in self._before:
            return args[0]
        if id(operation) in self._behind:
            return self._enlarged(operation)(args[0])
        if is_normalization(call) and self._chosen(call):
            return self._apart(operation, args[0])
        # These layers belong to the flat model alone.
        return operation(*args, **kwargs)

    def _enlarged(self, layer: Any) -> Any:
        """A layer with the batch normalization behind it in its weights."""
        scale, shift = scale_and_shift(self._behind[id(layer)])
        kernel = np.asarray(ops.convert_to_numpy(layer.kernel), "float64")
        shape = [1] * kernel.ndim
        if isinstance(layer, layers.DepthwiseConv2D):
            shape[-2:] = kernel.shape[-2:]
        else:
            shape[FILTERS[type(layer)]] = len(scale)
        bias: NDArray[np.float64] = np.zeros(len(shift))
        if layer.bias is not None:
            bias = np.asarray(ops.convert_to_numpy(layer.bias), "float64")
        made = resized(
            layer,
            {
                "use_bias": True,
                **scaled_settings(layer, scale.reshape(shape), scale, shift),
            },
        )
        made.build_from_config(layer.get_build_config())
        made.kernel.assign(kernel * scale.reshape(shape))
        made.bias.assign(bias * scale + shift)
        self._paths[id(made)] = self._flat.paths[id(layer)]
        return made

    def _apart(self, layer: Any, x: Any) -> Any:
        """Calls what a batch normalization is by itself."""
        if id(layer) not in self._made:
            scale, shift = scale_and_shift(layer)
            inputs = new_input(x)
            outputs = affine(inputs, scale, shift, layer)
            self._made[id(layer)] = keras.Model(inputs, outputs)
        path = self._flat.paths[id(layer)]

        def visit(call: Call, args: Arguments, kwargs: Keywords) -> Any:
            part = call.operation
            if id(part) not in self._paths:
                part.name = f"{layer.name}.{part.name}"
                self._paths[id(part)] = path
            return part(*args, **kwargs)

        return run_nodes(self._made[id(layer)], [x], visit)


def is_normalization(call: Call) -> bool:
    """Whether a call is one of a batch normalization of the last axis."""
    operation = call.operation
    if type(operation) is not layers.BatchNormalization:
        return False
    return operation.axis in (-1, len(call.inputs[0].shape) - 1)


def takes_in(maker: Any) -> bool:
    """Whether a layer can scale and shift by a batch normalization."""
    if type(maker) not in FILTERS:
        return False
    if function_name(maker.activation) != "linear":
        return False
    if maker.activity_regularizer is not None:
        return False
    return getattr(maker, "data_format", "channels_last") == "channels_last"


def scaled_settings(
    layer: Any,
    kernel_scale: NDArray[np.float64],
    scale: NDArray[np.float64],
    shift: NDArray[np.float64],
) -> dict[str, Any]:
    """Constraints and regularizers of a layer, for the weights it then has.

    Args:
        layer: The layer.
        kernel_scale: What its kernel is multiplied by.
        scale: What its bias is multiplied by.
        shift: What is added to its bias.
    """
    depthwise = isinstance(layer, layers.DepthwiseConv2D)
    kernel = "depthwise" if depthwise else "kernel"
    # A layer without a bias may have settings for one all the same.
    biased = layer.bias is not None
    settings = {}
    for kind, of in (
        ("constraint", scaled_constraint),
        ("regularizer", scaled_regularizer),
    ):
        settings[f"{kernel}_{kind}"] = of(
            getattr(layer, f"{kernel}_{kind}"), kernel_scale
        )
        settings[f"bias_{kind}"] = of(
            getattr(layer, f"bias_{kind}") if biased else None, scale, shift
        )
    return settings


def scale_and_shift(
    layer: Any,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a batch normalization multiplies by and adds at inference."""
    mean, variance = (
        np.asarray(ops.convert_to_numpy(x), "float64")
        for x in (layer.moving_mean, layer.moving_variance)
    )
    scale = 1 / np.sqrt(variance + layer.epsilon)
    if layer.scale:
        scale = scale * ops.convert_to_numpy(layer.gamma)
    shift = -mean * scale
    if layer.center:
        shift = shift + ops.convert_to_numpy(layer.beta)
    return scale, shift
