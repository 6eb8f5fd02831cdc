"""Which subgraphs call which: loops, branches, composites."""

from collections.abc import Sequence
from typing import Any

# Fields of the options that name a subgraph, or several.
CALLS = (
    "subgraph",
    "initSubgraphIndex",
    "condSubgraphIndex",
    "bodySubgraphIndex",
    "thenSubgraphIndex",
    "elseSubgraphIndex",
    "comparatorSubgraphIndex",
    "updateComputationSubgraphIndex",
    "decompositionSubgraphIndex",
    "branchSubgraphIndices",
    "calledComputations",
)


def called_by(operator: Any) -> list[int]:
    """Positions of the subgraphs that an operator runs.

    Args:
        operator: The schema's operator, unpacked.
    """
    return [
        index
        for options in (operator.builtinOptions, operator.builtinOptions2)
        for index in called_in(options)
        if index >= 0
    ]


def called_in(options: Any) -> list[int]:
    """Positions of the subgraphs that an operator's options name.

    Args:
        options: The schema's object of options, or None.

    Example:

    ```python
    called_in(operator.options)     # [1, 2] for a WHILE
    ```
    """
    found: list[int] = []
    for name in CALLS:
        value = getattr(options, name, None)
        if isinstance(value, int):
            found.append(value)
        elif value is not None:
            found.extend(int(index) for index in value)
    return found


def find_recursion(subgraphs: Sequence[Any]) -> list[int]:
    """Positions of subgraphs that call themselves in the end; empty if none.

    The runtime would follow such calls until its stack is full.

    Args:
        subgraphs: The schema's subgraphs, unpacked.
    """
    calls = {
        number: {
            index
            for operator in subgraph.operators or ()
            for index in called_by(operator)
        }
        for number, subgraph in enumerate(subgraphs)
    }
    # Take away what calls nothing that is left, until nothing goes.
    while ready := [
        x for x, called in calls.items() if not called & set(calls)
    ]:
        for number in ready:
            del calls[number]
    return sorted(calls)
