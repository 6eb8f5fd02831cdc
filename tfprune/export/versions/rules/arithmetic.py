"""Versions of calculations with single numbers."""

from tfprune.export.versions.conditions import (
    broadcasts_above,
    every,
    opposite,
    option,
    reads,
    reads_scaled,
    scales_up,
)
from tfprune.export.versions.rules.common import (
    INT8_IS_2,
    INT16_IS_3,
    SMALL_INTEGERS_ARE_2,
    STAYS_INT16,
    Rules,
    RulesByName,
)

WIDE_PRODUCT_IS_3: Rules = (
    (4, STAYS_INT16),
    (3, broadcasts_above(4)),
    (2, reads("INT8")),
)

ARITHMETIC: RulesByName = {
    "ABS": (
        (5, reads("INT32")),
        (3, every(reads("INT16"), reads_scaled)),
        (4, reads("INT16")),
        (2, reads("INT8", "UINT8")),
    ),
    "ADD": (
        (6, reads("FLOAT16")),
        (5, every(reads("INT16"), opposite(reads_scaled))),
        (4, reads("INT64")),
        (3, every(STAYS_INT16, opposite(option("potScaleInt16")))),
        (2, reads("INT8")),
    ),
    "COS": ((2, reads("FLOAT16")),),
    "DIV": ((2, broadcasts_above(4)),),
    "EXP": SMALL_INTEGERS_ARE_2,
    "FLOOR_DIV": ((3, reads("INT8", "INT16")), (2, reads("FLOAT32"))),
    "FLOOR_MOD": SMALL_INTEGERS_ARE_2,
    "LOG": SMALL_INTEGERS_ARE_2,
    "MAXIMUM": WIDE_PRODUCT_IS_3,
    "MINIMUM": WIDE_PRODUCT_IS_3,
    "MUL": (
        (8, reads("FLOAT16")),
        (7, every(reads("INT16"), opposite(reads_scaled))),
        (7, reads("UINT32")),
        (6, reads("COMPLEX64")),
        (5, reads("INT64")),
        (4, reads("INT16")),
        (3, scales_up),
        *INT8_IS_2,
    ),
    "RSQRT": INT16_IS_3,
    "SIGN": ((2, reads("INT32")),),
    "SIN": ((2, reads("FLOAT16")),),
    "SQRT": SMALL_INTEGERS_ARE_2,
    "SQUARED_DIFFERENCE": INT8_IS_2,
    "SUB": (
        (5, every(STAYS_INT16, opposite(option("potScaleInt16")))),
        (4, reads("INT64")),
        (3, broadcasts_above(4)),
        *INT8_IS_2,
    ),
}
