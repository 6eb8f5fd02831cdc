"""Versions of activations and normalizations."""

from tfprune.export.versions.conditions import (
    reads,
    writes,
)
from tfprune.export.versions.rules.common import (
    BOTH_INT16_IS_3,
    INT8_IS_2,
    INT16_IS_3,
    RulesByName,
)

ACTIVATION: RulesByName = {
    "GELU": ((2, reads("INT8", "UINT8")),),
    "L2_NORMALIZATION": ((2, writes("INT8")),),
    "LEAKY_RELU": ((2, reads("INT16")),),
    "LOGISTIC": BOTH_INT16_IS_3,
    "LOG_SOFTMAX": INT8_IS_2,
    "RELU": ((3, reads("INT16")), (2, reads("INT8", "UINT8"))),
    "RELU6": INT16_IS_3,
    "SOFTMAX": ((4, reads("FLOAT16")), *INT16_IS_3),
    "TANH": BOTH_INT16_IS_3,
}
