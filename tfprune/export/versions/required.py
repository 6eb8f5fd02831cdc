"""The version that an operator needs for what it does."""

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.versions.rules import RULES

# The types of which no rule is missing for any operator.
COVERED_TYPES = frozenset(
    {"BOOL", "FLOAT32", "INT8", "INT32", "INT64", "UINT8"}
)


def required_version(operator: Operator) -> int:
    """The lowest version with all that an operator makes use of.

    Args:
        operator: The operator, with its tensors.

    Returns:
        The version; 1 for custom operators, and for those of which the rules
        know no other.

    Example:

    ```python
    convolution = read_tflite("int8.tflite").operators[0]
    required_version(convolution)   # 3
    ```
    """
    if operator.is_custom:
        return 1
    for version, holds in RULES.get(operator.name, ()):
        if holds(operator):
            return version
    return 1


def is_certain(operator: Operator) -> bool:
    """Whether the rules know all that could ask for a higher version."""
    tensors = [*operator.inputs, *operator.outputs]
    return operator.name in RULES and all(
        tensor is None or tensor.dtype in COVERED_TYPES for tensor in tensors
    )
