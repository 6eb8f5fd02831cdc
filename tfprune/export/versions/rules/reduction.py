"""Versions of pooling and reductions."""

from tfprune.export.versions.rules.common import (
    BOTH_INT16_IS_3,
    INT8_IS_2,
    INT16_IS_3,
    SMALL_INTEGERS_ARE_2,
    RulesByName,
)

REDUCTION: RulesByName = {
    "AVERAGE_POOL_2D": BOTH_INT16_IS_3,
    "MAX_POOL_2D": BOTH_INT16_IS_3,
    "MEAN": INT16_IS_3,
    "REDUCE_MAX": INT16_IS_3,
    "REDUCE_MIN": INT16_IS_3,
    "REDUCE_PROD": SMALL_INTEGERS_ARE_2,
    "SUM": INT8_IS_2,
}
