"""Versions of operators that make tensors of a shape."""

from tfprune.export.versions.conditions import (
    always,
    reads,
)
from tfprune.export.versions.rules.common import (
    RulesByName,
)

CREATION: RulesByName = {
    "BROADCAST_TO": ((3, reads("INT8", "INT16")), (2, always)),
    "FILL": (
        (4, reads("FLOAT16", position=1)),
        (3, reads("INT8", "INT16", position=1)),
        (2, reads("BOOL", "STRING", position=1)),
    ),
    "RANGE": ((2, reads("INT64")),),
    "SPARSE_TO_DENSE": (
        (3, reads("INT8", "UINT8", position=2)),
        (2, reads("INT64", position=2)),
    ),
}
