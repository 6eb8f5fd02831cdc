"""The channel graph: which channels of a model belong together."""

from tfprune.graph.binding import (
    Absorption,
    Binding,
    Constants,
    Rescaling,
    Rewriting,
    Substitute,
    UncoveredError,
    WeightAxis,
)
from tfprune.graph.channels import Channels, ChannelTensor, Frozen
from tfprune.graph.dealing import WeightSlice
from tfprune.graph.groups import Group
from tfprune.graph.handlers import (
    elementwise,
    handled_layers,
    handled_operations,
    handles,
)
from tfprune.graph.inputs import Inputs
from tfprune.graph.pruning_graph import PruningGraph
from tfprune.graph.trace import trace

__all__ = [
    "Absorption",
    "Binding",
    "ChannelTensor",
    "Channels",
    "Constants",
    "Frozen",
    "Group",
    "Inputs",
    "PruningGraph",
    "Rescaling",
    "Rewriting",
    "Substitute",
    "UncoveredError",
    "WeightAxis",
    "WeightSlice",
    "elementwise",
    "handled_layers",
    "handled_operations",
    "handles",
    "trace",
]
