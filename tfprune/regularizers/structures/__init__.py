"""Ways to divide a kernel into groups, by name."""

from tfprune.regularizers.structures.filter import Filter
from tfprune.regularizers.structures.structure import STRUCTURES, Structure

__all__ = ["STRUCTURES", "Filter", "Structure"]
