"""Versions of loops over time in one operator."""

from tfprune.export.versions.conditions import (
    every,
    option,
    reads,
    writes,
)
from tfprune.export.versions.rules.common import (
    FAST_HYBRID,
    HYBRID,
    Rules,
    RulesByName,
)

RECURRENT: Rules = (
    (
        3,
        every(reads("INT8", position=1), writes("FLOAT32"), FAST_HYBRID),
    ),
    (2, every(reads("INT8", position=1), writes("FLOAT32"))),
)

RECURRENCE: RulesByName = {
    "BIDIRECTIONAL_SEQUENCE_LSTM": RECURRENT,
    "BIDIRECTIONAL_SEQUENCE_RNN": RECURRENT,
    "LSTM": (
        (2, option("kernelType")),
        (
            5,
            every(reads("INT16"), reads("INT8", position=2), writes("INT16")),
        ),
        (
            4,
            every(
                reads("FLOAT32"),
                reads("INT8", position=2),
                writes("FLOAT32"),
                FAST_HYBRID,
            ),
        ),
        (
            3,
            every(
                reads("FLOAT32"),
                reads("INT8", position=2),
                writes("FLOAT32"),
            ),
        ),
    ),
    "RNN": RECURRENT,
    "SVDF": (
        (3, reads("INT8")),
        (4, every(HYBRID, FAST_HYBRID)),
        (2, HYBRID),
    ),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (
        (
            5,
            every(reads("INT16"), reads("INT8", position=2), writes("INT16")),
        ),
        (4, option("diagonalRecurrentTensors")),
        (
            3,
            every(
                reads("FLOAT32"),
                reads("INT8", position=2),
                writes("FLOAT32"),
                FAST_HYBRID,
            ),
        ),
        (
            2,
            every(
                reads("FLOAT32"),
                reads("INT8", position=2),
                writes("FLOAT32"),
            ),
        ),
    ),
    "UNIDIRECTIONAL_SEQUENCE_RNN": RECURRENT,
}
