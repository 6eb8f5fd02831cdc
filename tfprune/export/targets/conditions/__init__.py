"""What a target asks of an operator, by name.

A condition is a function of an operator and of the value that a rule gives
it; it answers whether the operator is as the target wants it.
"""

from tfprune.export.targets.conditions import (
    constants,
    settings,
    shapes,
    types,
)
from tfprune.export.targets.conditions.condition import CONDITIONS, Condition

__all__ = [
    "CONDITIONS",
    "Condition",
    "constants",
    "settings",
    "shapes",
    "types",
]
