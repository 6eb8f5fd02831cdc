"""A flat model with fake quantization where LiteRT rounds."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import tree

from tfprune.graph.flattening import trains_in_its_own_way
from tfprune.graph.keras_graph import (
    Arguments,
    Call,
    Keywords,
    is_symbolic,
    recorded_calls,
    run_nodes,
)
from tfprune.layers import FloatResult
from tfprune.layers.quantized_layer import QuantizedLayer
from tfprune.quantization.flat_model import FlatModel, new_input
from tfprune.quantization.kernel_settings import KernelSettings
from tfprune.quantization.layer_choice import LayerChoice
from tfprune.quantization.scales import Scale, Scales
from tfprune.quantizers import (
    FixedFakeQuant,
    JoinedFakeQuant,
    MovingFakeQuant,
)
from tfprune.surgery.copied_layer import fill, resized
from tfprune.surgery.layer_names import LayerNames


def fake_quantized(
    flat: FlatModel,
    choice: LayerChoice,
    *,
    momentum: float,
    preserve_sparsity: bool,
    preserve_clusters: bool,
    output_names: Sequence[str],
) -> keras.Model:
    """Copies a flat model with fake quantization.

    Args:
        flat: The model; batch normalization is folded.
        choice: Which layers are quantized.
        momentum: How much of the old ranges stays in training.
        preserve_sparsity: Whether weights that are zero stay so.
        preserve_clusters: Whether weights that are equal stay so.
        output_names: What the outputs are called.

    Returns:
        A new model; the ranges of its weights are known, those of its
        activations are empty.

    Raises:
        InvalidInputError: When it is not known how to quantize a layer that
            was chosen, or weights are not finite.
    """
    made = _FakeQuantization(
        flat,
        choice,
        momentum,
        preserve_sparsity,
        preserve_clusters,
        output_names,
    )
    return made.model()


class _FakeQuantization:
    """The layers of the model so far."""

    def __init__(
        self,
        flat: FlatModel,
        choice: LayerChoice,
        momentum: float,
        preserve_sparsity: bool,
        preserve_clusters: bool,
        output_names: Sequence[str],
    ) -> None:
        self._flat = flat
        self._choice = choice
        self._momentum = momentum
        self._preserve_sparsity = preserve_sparsity
        self._preserve_clusters = preserve_clusters
        self._scales = Scales(flat, choice)
        self._names = LayerNames()
        self._names.take(x.name for x in flat.model.operations)
        self._copies: dict[int, Any] = {}
        self._rounding: dict[int, list[tuple[Any, dict[str, Any]]]] = {}
        self._range_scales: dict[int, Any] = {}
        self._with_biases: set[int] = set()
        self._output_names = dict(
            zip(map(id, flat.model.outputs), output_names, strict=True)
        )
        self._ends: set[str] = set()
        seen: set[int] = set()
        for scale in self._scales.classes.values():
            if scale.used and id(scale) not in seen:
                seen.add(id(scale))
                self._round(scale)
        for call in recorded_calls(flat.model):
            if self._scales.is_float(call):
                for tensor in call.outputs:
                    self._mark(tensor, call)

    def model(self) -> keras.Model:
        """Makes the model."""
        flat = self._flat.model
        inputs = tree.map_structure(new_input, flat.input)
        rounded = [
            self._rounded(old, new)
            for old, new in zip(flat.inputs, tree.flatten(inputs), strict=True)
        ]
        outputs = run_nodes(flat, rounded, self._visit)
        kind = type(flat) if trains_in_its_own_way(flat) else keras.Model
        return kind(inputs, outputs, name=flat.name)

    def _visit(self, call: Call, args: Arguments, kwargs: Keywords) -> Any:
        layer = self._copied(call)
        if self._follows(call):
            args, kwargs = self._marked(call, (args, kwargs))
        if id(layer) in self._with_biases:
            (entering,) = call.inputs
            (tensor,) = filter(is_symbolic, tree.flatten((args, kwargs)))
            if id(entering) in self._scales.classes:
                scale = self._range_scale(entering, tensor)
                kwargs = {**kwargs, "range_scale": scale}
        outputs = layer(*args, **kwargs)
        found = [x for x in tree.flatten(outputs) if x is not None]
        return [
            self._rounded(old, new)
            for old, new in zip(call.outputs, found, strict=True)
        ]

    def _mark(self, tensor: Any, call: Call) -> None:
        """Marks the result of a float layer where it could be rounded.

        It is where it gets a range or is an output, and where the converter
        has a range for it.
        """
        name = f"{call.operation.name}_float"
        applied = self._rounding.get(id(tensor), [])
        if applied:
            mark = FloatResult(name=self._names.unique(name))
        elif id(tensor) in self._output_names or self._follows(call):
            mark = FloatResult(name=self._name(tensor, name))
        else:
            return
        self._rounding[id(tensor)] = [(mark, {}), *applied]

    def _follows(self, call: Call) -> bool:
        """Whether the converter would round what a float layer returns."""
        follows = self._scales.placements[id(call.node)].follows
        return follows and self._scales.is_float(call)

    def _marked(self, call: Call, arguments: Any) -> Any:
        """The arguments of a float layer, with marks that bar rounding."""
        if not self._scales.reads_rounded(call):
            return arguments

        def marked(leaf: Any) -> Any:
            if not is_symbolic(leaf):
                return leaf
            name = f"{call.operation.name}_float_input"
            return FloatResult(name=self._names.unique(name))(leaf)

        return tree.map_structure(marked, arguments)

    def _name(self, tensor: Any, name: str) -> str:
        """The name of the last layer that a tensor passes.

        Outputs keep their names, by which losses and files know them.
        """
        if id(tensor) not in self._output_names:
            return self._names.unique(name)
        end = self._output_names[id(tensor)]
        self._ends.add(end)
        return end

    def _rounded(self, original: Any, tensor: Any) -> Any:
        for quantizer, keywords in self._rounding.get(id(original), ()):
            tensor = quantizer(tensor, **keywords)
        return tensor

    def _range_scale(self, original: Any, tensor: Any) -> Any:
        """The scale of the range that a tensor was rounded in."""
        if id(original) not in self._range_scales:
            scale = self._scales.classes[id(original)]
            quantizer, _ = self._rounding[id(scale.entries[-1].tensor)][-1]
            self._range_scales[id(original)] = quantizer(
                tensor, scale_only=True
            )
        return self._range_scales[id(original)]

    def _round(self, scale: Scale) -> None:
        """Makes the quantizers of the tensors of one scale."""
        joined = None
        if scale.fixed is None and len(scale.entries) > 1:
            joined = JoinedFakeQuant(
                members=len(scale.entries),
                momentum=self._momentum,
                name=self._names.unique(
                    f"{scale.entries[0].name}_joined_range"
                ),
            )
        for member, entry in enumerate(scale.entries):
            applied: list[tuple[Any, dict[str, Any]]] = []
            if entry.fixed is not None:
                low, high = entry.fixed
                implied = scale.fixed is None
                name = f"{entry.name}_fixed_range"
                if implied:
                    name = self._names.unique(name)
                else:
                    name = self._name(entry.tensor, name)
                fixed = FixedFakeQuant(
                    low=low, high=high, implied=implied, name=name
                )
                applied.append((fixed, {}))
            keywords: dict[str, Any] = {"pooled": True} if entry.pooled else {}
            if joined is not None:
                applied.append((joined, {**keywords, "member": member}))
            elif scale.fixed is None:
                name = self._name(entry.tensor, f"{entry.name}_range")
                moving = MovingFakeQuant(momentum=self._momentum, name=name)
                applied.append((moving, keywords))
            elif entry.fixed is None:
                low, high = scale.fixed
                name = self._name(entry.tensor, f"{entry.name}_fixed_range")
                again = FixedFakeQuant(low=low, high=high, name=name)
                applied.append((again, keywords))
            self._rounding[id(entry.tensor)] = applied

    def _copied(self, call: Call) -> Any:
        """The copy of a layer or an operation, with its weights."""
        operation = call.operation
        if id(operation) not in self._copies:
            # The layers are those of the flat model alone.
            if operation.name in self._ends:
                operation.name = self._names.unique(
                    f"{operation.name}.unrounded"
                )
            placement = self._scales.placements[id(call.node)]
            quantized = placement.quantized
            if quantized is not None and self._scales.chosen(operation):
                made = self._quantized(operation, quantized)
            else:
                made = resized(operation, {"name": operation.name})
                if isinstance(operation, keras.layers.Layer):
                    fill(operation, made, {}, ())
            self._copies[id(operation)] = made
        return self._copies[id(operation)]

    def _quantized(self, layer: Any, quantized: Any) -> Any:
        """The layer with quantized weights in the place of another."""
        path = self._flat.paths[id(layer)]
        settings = KernelSettings(
            path,
            self._choice.bits(path),
            self._preserve_sparsity,
            self._preserve_clusters,
            self._momentum,
        )
        made = quantized(layer, settings)
        if isinstance(made, QuantizedLayer) and made.use_bias:
            self._with_biases.add(id(made))
        return made
