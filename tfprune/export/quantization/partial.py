"""A mode for all layers but some."""

from collections.abc import Sequence
from dataclasses import dataclass

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quantization.layer_names import distinct_names
from tfprune.export.quantization.mode import QuantizationMode
from tfprune.export.quantization.rule import OperatorRule
from tfprune.export.verification.tolerance import Tolerance

SHOWN = 3


@dataclass(frozen=True)
class PartialMode(QuantizationMode):
    """A quantization mode that leaves some operators in a finer one.

    Args:
        mode: The mode of the others.
        finer: The finer mode.
        kept: Names of the outputs of those that it is left to, made to
            differ.
    """

    name = "partial"
    tolerance = Tolerance(spread=0.9, magnitude=0.01)

    mode: QuantizationMode
    finer: QuantizationMode
    kept: tuple[str, ...]

    def rules(self) -> tuple[OperatorRule, ...]:
        """The rules of both modes."""
        return (*self.mode.rules(), *self.finer.rules())

    def uses_converter(self, *, calibrated: bool) -> bool:
        """No: it quantizes all layers alike."""
        return False

    def arrange(self, model: FlatbufferModel) -> None:
        """Prepares it as the mode of the others wants it."""
        self.mode.arrange(model)

    def assign(self, model: FlatbufferModel) -> Sequence[QuantizationMode]:
        """The finer mode for operators that are kept."""
        names = distinct_names(model)
        return [
            self.finer if names[operator.outputs[0]] in self.kept else assigned
            for operator, assigned in zip(
                model.main.operators, self.mode.assign(model), strict=True
            )
        ]

    def rewrite(self, model: FlatbufferModel) -> None:
        """Changes what is float on purpose of the mode of the others."""
        self.mode.rewrite(model)

    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Tells what is kept."""
        paths = [name.split(";")[0] for name in self.kept]
        more = ", ..." if len(paths) > SHOWN else ""
        return (
            f"To keep the accuracy, {len(paths)} operators stay "
            f"{self.finer.name}: {', '.join(paths[:SHOWN])}{more}.",
        )
