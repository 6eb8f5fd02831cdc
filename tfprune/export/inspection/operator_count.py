"""Which operators a `.tflite` file uses, and how often."""

from collections import Counter
from dataclasses import dataclass

from tfprune.export.flatbuffer.model import FlatbufferModel


@dataclass(frozen=True)
class OperatorCount:
    """An operator in one version.

    Args:
        name: Name of the built-in, or the custom code.
        version: The version that a runtime must know.
        count: How often it occurs, in all subgraphs.
    """

    name: str
    version: int
    count: int


def count_operators(model: FlatbufferModel) -> tuple[OperatorCount, ...]:
    """Counts the operators of a model, sorted by name and version."""
    counts = Counter((x.name, x.version) for x in model.operators)
    return tuple(
        OperatorCount(name, version, count)
        for (name, version), count in sorted(counts.items())
    )
