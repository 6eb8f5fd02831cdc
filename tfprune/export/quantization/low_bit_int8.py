"""int8 for models with weights of few bits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.low_bit import (
    Storage,
    pack_kernels,
    use_integer_inputs,
    use_integer_layers,
    use_quantizable_signs,
    use_rounded_thresholds,
)
from tfprune.export.low_bit.integer_layers import find_layers
from tfprune.export.low_bit.signs import is_choice, sign_tensors
from tfprune.export.low_bit.tidy_signs import tidy_signs
from tfprune.export.quantization.mode import MODES, QuantizationMode
from tfprune.export.quantization.rule import OperatorRule
from tfprune.export.verification.tolerance import Tolerance


@dataclass(frozen=True)
class LowBitInt8(QuantizationMode):
    """int8 throughout, with the layers of few bits exact.

    What `"int8"` becomes for a model with such layers: from signs to signs
    they compute as they do in float32, to the last bit. Their first inputs,
    and the other layers, are rounded as `mode` has it.

    Args:
        mode: The mode of the other layers.
    """

    name = "int8"
    end_types: ClassVar[tuple[str, ...]] = ("float32", "int8", "uint8")
    tolerance = Tolerance(spread=0.9, magnitude=0.01)
    packs_low_bits = True

    mode: QuantizationMode

    def rules(self) -> tuple[OperatorRule, ...]:
        """Those of the other layers."""
        return self.mode.rules()

    def uses_converter(self, *, calibrated: bool) -> bool:
        """No: it quantizes all layers alike."""
        return False

    def arrange(self, model: FlatbufferModel) -> None:
        """Makes thresholds of the scales of layers that read real numbers.

        Weights of any numbers are rounded there, as the rules would.
        """
        for subgraph in model.subgraphs:
            tidy_signs(subgraph)
        use_quantizable_signs(model)
        exact = exact_operators(model.main)
        use_rounded_thresholds(model, exact | self.left_float(model))

    def left_float(self, model: FlatbufferModel) -> set[Operator]:
        """Operators that `mode` does not give to integers."""
        return {
            operator
            for operator, assigned in zip(
                model.main.operators, self.mode.assign(model), strict=True
            )
            if not any(x.activation_bits == 8 for x in assigned.rules())
        }

    def assign(self, model: FlatbufferModel) -> Sequence[QuantizationMode]:
        """Leaves to the packing what has to do with signs."""
        exact = exact_operators(model.main)
        return [
            MODES.get("float32") if operator in exact else assigned
            for operator, assigned in zip(
                model.main.operators, self.mode.assign(model), strict=True
            )
        ]

    def rewrite(self, model: FlatbufferModel) -> None:
        """Packs what lies on a grid, and takes int8 inputs as they are."""
        storage = Storage("int8")
        use_integer_layers(model, storage)
        use_integer_inputs(model)
        pack_kernels(model, storage)

    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """What the mode of the other layers says."""
        return self.mode.check(model)


def exact_operators(subgraph: Subgraph) -> set[Operator]:
    """Operators that compute signs, move them on, or read and make them."""
    signs = sign_tensors(subgraph)
    found = {x for x in subgraph.operators if x.outputs[0] in signs}
    conditions = {x.inputs[0] for x in found if is_choice(x)}
    found |= {x for x in subgraph.operators if x.outputs[0] in conditions}
    for layer in find_layers(subgraph):
        found |= {layer.chain.layer, *layer.chain.between}
    return found
