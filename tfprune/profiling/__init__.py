"""What a model costs: numbers apart from their tables."""

from tfprune.profiling.cost import (
    Cost,
    CostTerm,
    bytes_in_memory,
    macs,
    parameters,
    total,
)
from tfprune.profiling.group_costs import GroupCost, GroupCosts
from tfprune.profiling.memory import channel_memory
from tfprune.profiling.profile import (
    LayerProfile,
    Profile,
    profile,
    profile_graph,
)
from tfprune.profiling.savings import savings
from tfprune.profiling.xnor_speedup import xnor_speedup

__all__ = [
    "Cost",
    "GroupCost",
    "GroupCosts",
    "CostTerm",
    "LayerProfile",
    "Profile",
    "bytes_in_memory",
    "channel_memory",
    "macs",
    "parameters",
    "profile",
    "profile_graph",
    "savings",
    "total",
    "xnor_speedup",
]
