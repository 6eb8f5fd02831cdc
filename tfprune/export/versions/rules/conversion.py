"""Versions of operators that change the type of numbers."""

from tfprune.export.versions.conditions import (
    either,
    every,
    option,
    reads,
    reads_per_channel,
    writes,
    writes_per_channel,
)
from tfprune.export.versions.rules.common import (
    RulesByName,
)

CONVERSION: RulesByName = {
    "CAST": (
        (8, either(reads("INT2", "UINT4"), writes("INT2", "UINT4"))),
        (7, either(reads("BFLOAT16"), writes("BFLOAT16"))),
        (6, every(reads("INT4"), writes("FLOAT32"))),
        (
            5,
            either(
                reads("FLOAT64", "FLOAT16"),
                writes("FLOAT64", "FLOAT16"),
            ),
        ),
        (4, either(reads("UINT16"), writes("UINT16"))),
        (3, either(reads("INT8"), writes("INT8"))),
        (2, either(reads("UINT32"), writes("UINT32"))),
    ),
    "DEQUANTIZE": (
        (8, reads("UINT4")),
        (7, reads("INT2")),
        (6, reads("INT4")),
        (3, reads("INT16", "FLOAT16")),
        (5, every(reads("INT8"), reads_per_channel)),
        (2, reads("INT8")),
    ),
    "FAKE_QUANT": ((2, option("narrowRange")),),
    "QUANTIZE": (
        (5, either(reads("UINT4"), writes("UINT4"))),
        (4, either(reads("INT4"), writes("INT4"))),
        (3, writes_per_channel),
        (2, writes("INT16")),
    ),
}
