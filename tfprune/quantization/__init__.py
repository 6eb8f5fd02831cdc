"""Quantization-aware training: models that train as integers compute."""

from tfprune.quantization import decompositions, placements
from tfprune.quantization.quantize_aware import quantize_aware

__all__ = ["decompositions", "placements", "quantize_aware"]
