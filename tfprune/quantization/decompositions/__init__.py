"""What compound layers are made of, one kind a file."""

from tfprune.quantization.decompositions import (
    activation,
    attention,
    einsum_dense,
    merging,
    normalization,
    rescaling,
    separable,
)

__all__ = [
    "activation",
    "attention",
    "einsum_dense",
    "merging",
    "normalization",
    "rescaling",
    "separable",
]
