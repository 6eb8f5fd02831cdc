"""Optimizers that wrap those of Keras."""

from tfprune.optimizers.proximal import Proximal

__all__ = ["Proximal"]
