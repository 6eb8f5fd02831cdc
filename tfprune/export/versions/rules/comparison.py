"""Versions of comparisons."""

from tfprune.export.versions.conditions import (
    reads,
)
from tfprune.export.versions.rules.common import (
    INT8_IS_2,
    INT16_IS_3,
    RulesByName,
)

COMPARISON: RulesByName = {
    "EQUAL": ((5, reads("INT16")), (3, reads("STRING")), *INT8_IS_2),
    "GREATER": INT8_IS_2,
    "GREATER_EQUAL": INT16_IS_3,
    "LESS": INT16_IS_3,
    "LESS_EQUAL": INT8_IS_2,
    "NOT_EQUAL": ((4, reads("INT16")), (3, reads("STRING")), *INT8_IS_2),
}
