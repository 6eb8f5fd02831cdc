"""What compound layers are made of, one kind a file."""

from tfprune.quantization.decompositions import (
    activation,
    attention,
    depthwise,
    einsum_dense,
    merging,
    normalization,
    products,
    rescaling,
    separable,
    time_distributed,
)

__all__ = [
    "activation",
    "attention",
    "depthwise",
    "einsum_dense",
    "merging",
    "normalization",
    "products",
    "rescaling",
    "separable",
    "time_distributed",
]
