"""Versions of operators that move numbers."""

from tfprune.export.versions.conditions import (
    either,
    opposite,
    option,
    rank_above,
    reads,
)
from tfprune.export.versions.rules.common import (
    INT8_IS_2,
    INT16_IS_3,
    STAYS_INT16,
    Rules,
    RulesByName,
)

PADDING: Rules = (
    (5, reads("BOOL")),
    (4, rank_above(4)),
    (3, reads("INT16")),
    (2, reads("INT8")),
)
BLOCKS: Rules = (
    (4, reads("INT16")),
    (3, either(rank_above(4), opposite(rank_above(3)))),
    (2, reads("INT8")),
)
WHOLE_RESIZE: Rules = (
    (4, reads("INT16")),
    (3, option("halfPixelCenters")),
    (2, reads("INT8")),
)

LAYOUT: RulesByName = {
    "BATCH_TO_SPACE_ND": BLOCKS,
    "CONCATENATION": (
        (6, reads("FLOAT16")),
        (5, reads("INT4")),
        (4, reads("UINT32")),
        *INT16_IS_3,
    ),
    "DEPTH_TO_SPACE": INT8_IS_2,
    "DYNAMIC_UPDATE_SLICE": (
        (6, reads("BFLOAT16")),
        (5, reads("INT4")),
        (4, reads("INT16")),
        (3, reads("FLOAT16")),
        (2, reads("INT64", position=2)),
    ),
    "MIRROR_PAD": INT16_IS_3,
    "PACK": (
        (2, reads("INT8")),
        (3, STAYS_INT16),
        (4, reads("UINT32")),
    ),
    "PAD": PADDING,
    "PADV2": PADDING,
    "RESIZE_BILINEAR": WHOLE_RESIZE,
    "RESIZE_NEAREST_NEIGHBOR": (
        (4, reads("INT16")),
        (3, either(option("halfPixelCenters"), option("alignCorners"))),
        (2, reads("INT8")),
    ),
    "REVERSE_V2": ((3, reads("INT8")), (2, reads("BOOL"))),
    "SLICE": (
        (8, reads("FLOAT16")),
        (7, reads("INT4")),
        (6, reads("UINT32")),
        (5, rank_above(4)),
        (4, reads("INT16")),
        (3, reads("STRING")),
        *INT8_IS_2,
    ),
    "SPACE_TO_BATCH_ND": BLOCKS,
    "SPACE_TO_DEPTH": INT8_IS_2,
    "SPLIT": (
        (4, reads("INT16", position=1)),
        (3, reads("INT32", position=1)),
        (2, reads("INT8", position=1)),
    ),
    "SPLIT_V": INT8_IS_2,
    "SQUEEZE": ((2, reads("STRING")),),
    "STRIDED_SLICE": (
        (8, option("offset")),
        (7, reads("UINT32")),
        (6, either(option("ellipsisMask"), option("newAxisMask"))),
        (5, reads("STRING")),
        (4, rank_above(4)),
        (3, reads("BOOL")),
        *INT8_IS_2,
    ),
    "TILE": ((3, reads("INT8")), (2, reads("STRING"))),
    "TRANSPOSE": (
        (9, reads("FLOAT16")),
        (8, either(rank_above(6), reads("BFLOAT16"))),
        (7, reads("INT4")),
        (6, rank_above(5)),
        (5, reads("INT16")),
        (4, rank_above(4)),
        (3, reads("BOOL")),
        *INT8_IS_2,
    ),
    "UNPACK": (
        (2, reads("INT8", "UINT8")),
        (3, reads("BOOL")),
        (4, STAYS_INT16),
        (5, reads("FLOAT16", "BFLOAT16")),
    ),
}
