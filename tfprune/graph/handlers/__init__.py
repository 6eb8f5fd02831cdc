"""One file a family of layers; each handler declares one layer's channels."""

from tfprune.graph.handlers import (
    activation,
    convolution,
    dense,
    depthwise,
    merging,
    normalization,
    operations,
    rearranging,
    recurrent,
    reducing,
    regularization,
    reshaping,
    selecting,
    spatial,
    statistics,
)
from tfprune.graph.handlers.elementwise import elementwise
from tfprune.graph.handlers.registry import (
    find_handler,
    handled_layers,
    handles,
    takes_operands,
)

__all__ = [
    "activation",
    "convolution",
    "dense",
    "depthwise",
    "elementwise",
    "find_handler",
    "handled_layers",
    "handles",
    "merging",
    "normalization",
    "operations",
    "rearranging",
    "recurrent",
    "reducing",
    "regularization",
    "reshaping",
    "selecting",
    "spatial",
    "statistics",
    "takes_operands",
]
