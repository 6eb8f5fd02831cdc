"""Versions of convolutions."""

from tfprune.export.versions.conditions import (
    every,
    grouped,
    opposite,
    option,
    reads,
    scaled_per_channel,
    typed,
    with_bias,
)
from tfprune.export.versions.rules.common import (
    HYBRID,
    INT8,
    INT16_BY_INT8,
    NARROW_BIAS,
    RulesByName,
)

INT8_BY_INT4 = typed("INT8", "INT4", "INT8")

CONVOLUTION: RulesByName = {
    "CONV_2D": (
        (8, NARROW_BIAS),
        (
            8,
            every(reads("INT4", position=1), opposite(INT8_BY_INT4)),
        ),
        (6, grouped),
        (4, INT16_BY_INT8),
        (3, INT8),
        (7, INT8_BY_INT4),
        (5, every(HYBRID, scaled_per_channel(1, 0))),
        (2, HYBRID),
    ),
    "DEPTHWISE_CONV_2D": (
        (5, INT16_BY_INT8),
        (6, every(HYBRID, scaled_per_channel(1, 3))),
        (4, HYBRID),
        (3, INT8),
        (7, reads("INT4", position=1)),
        (
            2,
            lambda operator: (
                (
                    operator.options.dilationWFactor,
                    operator.options.dilationHFactor,
                )
                != (1, 1)
            ),
        ),
    ),
    "TRANSPOSE_CONV": (
        (5, NARROW_BIAS),
        (4, option("fusedActivationFunction")),
        (3, with_bias(3)),
        (2, reads("INT8", position=1)),
    ),
}
