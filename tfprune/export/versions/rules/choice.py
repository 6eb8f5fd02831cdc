"""Versions of operators that pick some of their numbers."""

from tfprune.export.versions.conditions import (
    always,
    either,
    every,
    has_one_row,
    opposite,
    option,
    reads,
    scaled_per_channel,
    writes,
)
from tfprune.export.versions.rules.common import (
    INT8_IS_2,
    RulesByName,
)

CHOICE: RulesByName = {
    "ARG_MAX": ((3, reads("BOOL")), *INT8_IS_2),
    "ARG_MIN": ((3, reads("BOOL")), *INT8_IS_2),
    "EMBEDDING_LOOKUP": (
        (5, reads("INT2", position=1)),
        (4, reads("INT4", position=1)),
        (
            4,
            every(
                scaled_per_channel(1, 0),
                opposite(has_one_row(1)),
            ),
        ),
    ),
    "GATHER": (
        (7, reads("INT4")),
        (6, reads("INT16", position=1)),
        (5, option("batchDims")),
        (4, reads("INT16")),
        (3, reads("BOOL")),
        *INT8_IS_2,
    ),
    "GATHER_ND": (
        (5, reads("BOOL")),
        (4, reads("INT16", position=1)),
        (3, reads("INT16")),
        (2, reads("STRING")),
    ),
    "SELECT": (
        (4, reads("UINT32")),
        (
            3,
            lambda operator: any(
                tensor is not None and len(tensor.shape) == 5
                for tensor in operator.inputs
            ),
        ),
        *INT8_IS_2,
    ),
    "SELECT_V2": ((2, reads("UINT32")),),
    "TOPK_V2": (
        (
            3,
            either(
                reads("INT16"),
                reads("INT16", position=1),
                writes("INT16", position=1),
            ),
        ),
        *INT8_IS_2,
    ),
    "WHERE": ((1, reads("BOOL")), (2, always)),
}
