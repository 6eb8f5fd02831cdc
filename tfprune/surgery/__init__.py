"""Masks and removes channels: a new model each, nothing mutates."""

from tfprune.surgery.mask import mask_channels
from tfprune.surgery.remove import remove_channels

__all__ = ["mask_channels", "remove_channels"]
