"""Different precision for different layers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quantization.layer_names import (
    layer_paths,
    matches,
    refuse_unknown,
)
from tfprune.export.quantization.mode import MODES, QuantizationMode
from tfprune.export.quantization.rule import OperatorRule
from tfprune.export.verification.tolerance import Tolerance


@dataclass(frozen=True)
class Recipe(QuantizationMode):
    """A quantization mode for each layer.

    A pattern matches a layer by its name (`"conv_1"`), by its path or a part
    of it (`"encoder/attention"`), or by either with wildcards (`"head/*"`,
    `"conv_?"`); the layers inside of a matched one are matched too. Where
    several patterns match, the last one decides; a layer that none matches
    stays float32. Inputs and outputs of the file are float32.

    Args:
        layers: Pairs of a pattern and a mode.

    Example:

    ```python
    export_tflite(
        model,
        "model.tflite",
        quantize={"*": "int8", "head": "float32", "conv_1": "int4"},
        representative_data=x_train,
    )
    ```
    """

    name = "recipe"
    tolerance = Tolerance(spread=0.9, magnitude=0.01)

    layers: tuple[tuple[str, QuantizationMode], ...]

    @classmethod
    def of(cls, layers: Mapping[str, str | QuantizationMode]) -> "Recipe":
        """Makes a recipe of a dict from patterns to modes or their names.

        Raises:
            InvalidInputError: When it is empty, a pattern is no string, or a
                mode is unknown or for whole models.
        """
        if not layers:
            raise InvalidInputError(
                "Expected at least one pattern in a quantization recipe, such "
                "as {'*': 'int8'}. Received an empty dict."
            )
        for pattern, mode in layers.items():
            if not isinstance(pattern, str) or not pattern:
                raise InvalidInputError(
                    "Expected the patterns of a quantization recipe to be "
                    f"layer names. Received: {pattern!r}."
                )
            if not isinstance(mode, str | QuantizationMode):
                raise InvalidInputError(
                    f"Expected a quantization mode for '{pattern}'. Received: "
                    f"{mode!r}. The names are: {', '.join(MODES.names())}."
                )
        found = tuple((name, MODES.get(mode)) for name, mode in layers.items())
        for pattern, mode in found:
            if mode.packs_low_bits:
                raise InvalidInputError(
                    "Expected modes for single layers in a quantization "
                    f"recipe. Received: '{mode.name}' for '{pattern}', which "
                    "is for whole models. Write quantize='low_bit', or give "
                    "the other layers 'int8': layers of few bits stay exact "
                    "beside it."
                )
        return cls(found)

    def uses_converter(self, *, calibrated: bool) -> bool:
        """No: it quantizes all layers alike."""
        return False

    def rules(self) -> tuple[OperatorRule, ...]:
        """The rules of all its modes."""
        return tuple(rule for _, mode in self.layers for rule in mode.rules())

    @property
    def has_dense_scales(self) -> bool:
        """Whether one of its modes has a choice."""
        return any(mode.has_dense_scales for _, mode in self.layers)

    def with_dense_scales(self, *, per_tensor: bool) -> QuantizationMode:
        """The recipe with those of its modes changed that have a choice.

        Raises:
            InvalidInputError: When none has.
        """
        if not self.has_dense_scales:
            return super().with_dense_scales(per_tensor=per_tensor)
        return Recipe(
            tuple(
                (pattern, mode.with_dense_scales(per_tensor=per_tensor))
                if mode.has_dense_scales
                else (pattern, mode)
                for pattern, mode in self.layers
            )
        )

    def assign(self, model: FlatbufferModel) -> Sequence[QuantizationMode]:
        """The mode of each operator: that of the last pattern that matches.

        Raises:
            InvalidInputError: When a pattern matches nothing.
        """
        paths = [layer_paths(operator) for operator in model.main.operators]
        assigned = [MODES.get("float32")] * len(paths)
        for pattern, mode in self.layers:
            found = matches(pattern, paths)
            if not any(found):
                refuse_unknown(pattern, paths)
            assigned = [
                mode if fits else before
                for fits, before in zip(found, assigned, strict=True)
            ]
        return assigned

    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Accepts floats and integers side by side."""
        return ()
