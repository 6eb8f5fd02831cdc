"""Where ranges lie, one family of operations a file."""

from tfprune.quantization.placements import (
    activations,
    arithmetic,
    kernels,
    layout,
    normalization,
    pooling,
)

__all__ = [
    "activations",
    "arithmetic",
    "kernels",
    "layout",
    "normalization",
    "pooling",
]
