"""Ways to divide a kernel into groups, by name."""

from tfprune.regularizers.structures.channel import Channel
from tfprune.regularizers.structures.filter import Filter
from tfprune.regularizers.structures.kernel import Kernel
from tfprune.regularizers.structures.layer import Layer
from tfprune.regularizers.structures.shape import Shape
from tfprune.regularizers.structures.structure import STRUCTURES, Structure

__all__ = [
    "STRUCTURES",
    "Channel",
    "Filter",
    "Kernel",
    "Layer",
    "Shape",
    "Structure",
]
