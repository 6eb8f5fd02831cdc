"""From scores and budgets to the channels that stay."""

from tfprune.allocation.allocate import allocate
from tfprune.allocation.budget import Budget
from tfprune.allocation.candidates import Candidates
from tfprune.allocation.floor import Floor
from tfprune.allocation.global_scope import GlobalScope
from tfprune.allocation.keep_mask import KeepMask
from tfprune.allocation.kept_widths import KeptWidth, KeptWidths
from tfprune.allocation.layer_scope import LayerScope
from tfprune.allocation.scope import SCOPES, Scope
from tfprune.allocation.select import group_scores

__all__ = [
    "SCOPES",
    "Budget",
    "Candidates",
    "Floor",
    "GlobalScope",
    "KeepMask",
    "KeptWidth",
    "KeptWidths",
    "LayerScope",
    "Scope",
    "allocate",
    "group_scores",
]
