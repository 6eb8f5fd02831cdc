"""Penalties on weights, each with its proximal operator."""

from tfprune.regularizers.group_lasso import GroupLasso
from tfprune.regularizers.group_penalty import GroupPenalty
from tfprune.regularizers.joint_group_lasso import JointGroupLasso
from tfprune.regularizers.l1 import L1
from tfprune.regularizers.linking import link
from tfprune.regularizers.lookup import get, names
from tfprune.regularizers.penalty import PENALTIES, Penalty
from tfprune.regularizers.structures import STRUCTURES, Structure
from tfprune.regularizers.sum import Sum
from tfprune.regularizers.truncated_group_lasso import TruncatedGroupLasso

__all__ = [
    "L1",
    "PENALTIES",
    "STRUCTURES",
    "GroupLasso",
    "GroupPenalty",
    "JointGroupLasso",
    "Penalty",
    "Structure",
    "Sum",
    "TruncatedGroupLasso",
    "get",
    "link",
    "names",
]
