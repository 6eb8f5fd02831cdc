"""Masks, removes and strips channels: a new model each, nothing mutates."""

from tfprune.surgery.dead import dead_channels
from tfprune.surgery.dead_report import DeadChannels
from tfprune.surgery.mask import mask_channels
from tfprune.surgery.oracle import Difference, check_equal, difference
from tfprune.surgery.remove import remove_channels
from tfprune.surgery.strip import strip, strip_dead

__all__ = [
    "DeadChannels",
    "Difference",
    "check_equal",
    "dead_channels",
    "difference",
    "mask_channels",
    "remove_channels",
    "strip",
    "strip_dead",
]
