"""The channel graph: which channels of a model belong together."""

from tfprune.graph.binding import (
    Absorption,
    Binding,
    Constants,
    UncoveredError,
    WeightAxis,
)
from tfprune.graph.channels import Channels, ChannelTensor, Frozen
from tfprune.graph.groups import Group, WeightSlice
from tfprune.graph.handlers import elementwise, handled_layers, handles
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
    "PruningGraph",
    "UncoveredError",
    "WeightAxis",
    "WeightSlice",
    "elementwise",
    "handled_layers",
    "handles",
    "trace",
]
