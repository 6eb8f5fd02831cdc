"""Einsum equations as labels."""

from collections.abc import Sequence

from tfprune.graph.binding import UncoveredError
from tfprune.graph.handlers.contraction import Contraction, Labels

ELLIPSIS = "..."


def parsed(equation: str, ranks: Sequence[int]) -> Contraction:
    """Reads an equation such as `"...ab,bc->...ac"`.

    Args:
        equation: The equation.
        ranks: Number of axes of each factor.

    Raises:
        UncoveredError: When it does not fit the factors, or leaves out what
            the result is: the backends take that differently.
    """
    source, arrow, target = equation.replace(" ", "").partition("->")
    if not arrow:
        raise UncoveredError(f"its equation '{equation}' has no '->'")
    specs = source.split(",")
    if len(specs) != len(ranks):
        raise UncoveredError(f"its equation '{equation}' has other factors")
    factors = tuple(
        expanded(spec, rank) for spec, rank in zip(specs, ranks, strict=True)
    )
    elided = max(
        (tuple(x for x in row if ELLIPSIS in x) for row in factors), key=len
    )
    before, found, after = target.partition(ELLIPSIS)
    middle = elided if found else ()
    return Contraction(factors, (*before, *middle, *after))


def expanded(spec: str, rank: int) -> Labels:
    """One label for each axis of a factor.

    The axes of an ellipsis are counted from the right, because that is how
    those of several factors are matched.
    """
    before, found, after = spec.partition(ELLIPSIS)
    count = rank - len(before) - len(after)
    if count < 0 or (count and not found):
        raise UncoveredError(f"its equation has '{spec}' for {rank} axes")
    middle = [f"{ELLIPSIS}{index}" for index in range(count, 0, -1)]
    return (*before, *middle, *after)
