"""Versions of products of matrices."""

from tfprune.export.versions.conditions import (
    every,
    in_blocks,
    option,
    reads,
    scaled_per_channel,
    sparse,
    typed,
    without_bias,
)
from tfprune.export.versions.rules.common import (
    FAST_HYBRID,
    HYBRID,
    INT8,
    INT16_BY_INT8,
    INT16_IS_3,
    NARROW_BIAS,
    RulesByName,
)

INT16_BY_INT4 = typed("INT16", "INT4", "INT16")

PRODUCT: RulesByName = {
    "BATCH_MATMUL": (*INT16_IS_3, (4, every(HYBRID, FAST_HYBRID))),
    "FULLY_CONNECTED": (
        (14, reads("INT2", position=1)),
        (14, in_blocks(1)),
        (13, INT16_BY_INT4),
        (12, every(HYBRID, scaled_per_channel(1, 0))),
        (11, NARROW_BIAS),
        (10, reads("INT4", position=1)),
        (8, sparse(1)),
        (7, INT16_BY_INT8),
        (6, without_bias),
        (5, option("keepNumDims")),
        (4, INT8),
        (9, every(HYBRID, FAST_HYBRID)),
        (3, HYBRID),
        (2, option("weightsFormat")),
    ),
}
