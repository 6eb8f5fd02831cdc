"""What each operator does with channels; importing it registers all."""

from tfprune.export.channels.handlers import (
    activation,
    convolution,
    elementwise,
    fully_connected,
    joining,
    layout,
    pooling,
    recurrence,
    reduction,
    slicing,
)
from tfprune.export.channels.handlers.registry import (
    HANDLERS,
    Handler,
    handles,
)

__all__ = [
    "HANDLERS",
    "Handler",
    "activation",
    "convolution",
    "elementwise",
    "fully_connected",
    "handles",
    "joining",
    "layout",
    "pooling",
    "recurrence",
    "reduction",
    "slicing",
]
