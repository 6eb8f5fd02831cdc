"""What the `call` of a random composite layer consists of."""

from tests.graph.random_networks.steps import (
    attention,
    branches,
    channel_parts,
    layout,
    loops,
    numbers,
    parts,
    places,
    weights,
)
from tests.graph.random_networks.steps.registry import DRAWERS, Run

__all__ = [
    "DRAWERS",
    "Run",
    "attention",
    "branches",
    "channel_parts",
    "layout",
    "loops",
    "numbers",
    "parts",
    "places",
    "weights",
]
