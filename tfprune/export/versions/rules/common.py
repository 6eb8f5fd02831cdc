"""Rules and types that operators of several families share."""

from tfprune.export.versions.conditions import (
    Condition,
    every,
    option,
    reads,
    typed,
    writes,
)

Rules = tuple[tuple[int, Condition], ...]
RulesByName = dict[str, Rules]

HYBRID = typed("FLOAT32", "INT8", "FLOAT32")
INT8 = typed("INT8", "INT8", "INT8")
INT16_BY_INT8 = typed("INT16", "INT8", "INT16")
STAYS_INT16 = every(reads("INT16"), writes("INT16"))
FAST_HYBRID = option("asymmetricQuantizeInputs")
NARROW_BIAS = every(INT16_BY_INT8, reads("INT32", position=2))
INT8_IS_2: Rules = ((2, reads("INT8")),)
INT16_IS_3: Rules = ((3, reads("INT16")), (2, reads("INT8")))
BOTH_INT16_IS_3: Rules = ((3, STAYS_INT16), (2, reads("INT8")))
SMALL_INTEGERS_ARE_2: Rules = ((2, reads("INT8", "INT16")),)
