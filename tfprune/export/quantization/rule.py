"""What litert-quantizer shall do with an operator."""

from dataclasses import dataclass
from typing import Any

from tfprune.export.dependencies import require

ALL_OPERATORS = "*"
# Real numbers of 16 bits are floats, not integers.
HALF_BITS = 16


@dataclass(frozen=True)
class OperatorRule:
    """Bits of the weights and of the activations of a kind of operators.

    Args:
        weight_bits: Bits of the weights: 4 or 8 for integers, 16 for halves.
        activation_bits: Bits of the integers between operators, 8 or 16; None
            where activations stay float.
        operation: litert-quantizer's name of the operators, or `"*"`.
        per_channel: Whether every output channel has a scale of its own.
        min_weights: Smaller weights stay float; 0 for none.

    Example:

    ```python
    OperatorRule(weight_bits=4, activation_bits=8, operation="CONV_2D")
    ```
    """

    weight_bits: int
    activation_bits: int | None = None
    operation: str = ALL_OPERATORS
    per_channel: bool = True
    min_weights: int = 0

    def add_to(self, quantizer: Any, pattern: str) -> None:
        """Adds the rule to a quantizer's recipe.

        Args:
            quantizer: A `litert_quantizer.Quantizer`.
            pattern: Regular expression over the names of the outputs of the
                operators that the rule is for.
        """
        types = require("litert_quantizer.qtyping")
        names = require("litert_quantizer.algorithm_manager").AlgorithmName
        is_half = self.weight_bits == HALF_BITS
        granularity = types.QuantGranularity
        # The kernels want weights around zero, and so do int16 activations.
        weights = types.TensorQuantizationConfig(
            num_bits=self.weight_bits,
            symmetric=True,
            granularity=granularity.CHANNELWISE
            if self.per_channel
            else granularity.TENSORWISE,
            dtype=types.TensorDataType.FLOAT
            if is_half
            else types.TensorDataType.INT,
        )
        activations = None
        if self.activation_bits is not None:
            activations = types.TensorQuantizationConfig(
                num_bits=self.activation_bits,
                symmetric=self.activation_bits == 16,
            )
        quantizer.update_quantization_recipe(
            pattern,
            types.TFLOperationName(self.operation),
            types.OpQuantizationConfig(
                activation_tensor_config=activations,
                weight_tensor_config=weights,
                compute_precision=types.ComputePrecision.FLOAT
                if is_half
                else types.ComputePrecision.INTEGER,
                explicit_dequantize=is_half,
                min_weight_elements=self.min_weights,
            ),
            names.FLOAT_CASTING if is_half else names.MIN_MAX_UNIFORM_QUANT,
        )
