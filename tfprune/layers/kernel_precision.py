"""How many bits a layer multiplies."""

from dataclasses import dataclass


@dataclass(frozen=True)
class KernelPrecision:
    """What a kernel and its inputs hold at inference.

    Attributes:
        weight_bits: Bits of a weight.
        input_bits: Bits of what it is multiplied by.
        terms: How many products are summed to one output.
        num_scales: How many float32 scales the stored weights need besides.
    """

    weight_bits: int
    input_bits: int
    terms: int
    num_scales: int = 0

    @property
    def binary(self) -> bool:
        """Whether the products are those of signs."""
        return self.weight_bits == 1 and self.input_bits == 1
