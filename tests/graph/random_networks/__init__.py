"""Random networks, and what becomes of them when channels are removed.

A network follows from choices alone, so that a seed names it. Blocks are layers
wired in a functional model, or composite layers and subclassed models whose
`call` follows a recipe.
"""

from hypothesis import strategies as st

from tests.graph.random_networks.choices import drawn, seeded
from tests.graph.random_networks.networks import FAMILIES, random_network
from tests.graph.random_networks.outcome import (
    RESPONSE,
    Outcome,
    outcome,
    prunable,
)

__all__ = [
    "FAMILIES",
    "RESPONSE",
    "Outcome",
    "networks",
    "outcome",
    "prunable",
    "random_network",
    "seeded",
]


@st.composite
def networks(draw, family):
    """Networks of a family, as Hypothesis draws them."""
    return random_network(family, drawn(draw))
