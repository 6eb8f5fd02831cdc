"""Kernels that came, or became right, later than versions of operators say.

A version tells what a runtime can read, not what it computes rightly. These
were found by running files of each kind in every release from 2.7 to 2.20
(benchmarks/stated_runtimes.py): older releases refuse the file, crash, or
compute other numbers. Of each operator the first condition that holds decides.
"""

from tfprune.export.versions.conditions import (
    Condition,
    either,
    every,
    reads,
    reads_many_scales,
    typed,
)

INT8 = typed("INT8", "INT8", "INT8")
INT16_BY_INT8 = typed("INT16", "INT8", "INT16")
INT8_BY_INT4 = typed("INT8", "INT4", "INT8")
FLOAT_BY_INT4 = typed("FLOAT32", "INT4", "FLOAT32")

Kernels = tuple[tuple[str, Condition], ...]

KERNELS: dict[str, Kernels] = {
    "CONV_2D": (
        ("2.19.0", FLOAT_BY_INT4),
        ("2.12.0", INT8_BY_INT4),
    ),
    "DEPTHWISE_CONV_2D": (("2.13.0", INT8_BY_INT4),),
    "FULLY_CONNECTED": (
        ("2.19.0", every(INT8_BY_INT4, reads_many_scales(1))),
        ("2.13.0", INT8_BY_INT4),
        ("2.14.0", every(FLOAT_BY_INT4, reads_many_scales(1))),
        # From 2.17 to 2.19 the fast kernels refuse a single scale.
        ("2.20.0", FLOAT_BY_INT4),
        ("2.10.0", every(either(INT8, INT16_BY_INT8), reads_many_scales(1))),
    ),
    "GELU": (("2.20.0", reads("INT16")),),
}
