"""Penalties on weights, each with its proximal operator."""

from tfprune.regularizers.group_lasso import GroupLasso
from tfprune.regularizers.l1 import L1
from tfprune.regularizers.lookup import get, names
from tfprune.regularizers.penalty import PENALTIES, Penalty
from tfprune.regularizers.structures import STRUCTURES, Structure

__all__ = [
    "L1",
    "PENALTIES",
    "STRUCTURES",
    "GroupLasso",
    "Penalty",
    "Structure",
    "get",
    "names",
]
