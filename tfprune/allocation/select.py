"""Scores a model's channels and picks those that stay."""

from dataclasses import replace

import keras
import numpy as np
from numpy.typing import NDArray

from tfprune.allocation.allocate import allocate
from tfprune.allocation.budget import Budget
from tfprune.allocation.candidates import Candidates
from tfprune.allocation.filters import Filters, matching
from tfprune.allocation.floor import Floor
from tfprune.allocation.keep_mask import KeepMask
from tfprune.allocation.kept_widths import KeptWidths
from tfprune.allocation.scope import SCOPES, Scope
from tfprune.criteria import CRITERIA, Criterion
from tfprune.criteria.random import Random
from tfprune.errors import InvalidInputError
from tfprune.graph import Group, PruningGraph, trace


def keep_mask(
    model: keras.Model | PruningGraph,
    *,
    criterion: str | Criterion = "l1_norm",
    sparsity: float | None = None,
    macs: float | None = None,
    parameters: float | None = None,
    scope: str = "global",
    round_to: int = 1,
    min_channels: int = 1,
    exclude: Filters = None,
    seed: int | None = None,
) -> KeepMask:
    """Chooses the channels to keep within a budget.

    Exactly one of `sparsity`, `macs` and `parameters` is given.

    Args:
        model: A built model, or its graph from `tfprune.trace`.
        criterion: Name of a registered criterion, or a `Criterion`.
        sparsity: Fraction of the prunable channels to remove, in [0, 1).
        macs: Fraction of the model's MACs to keep, in (0, 1].
        parameters: Fraction of the model's parameters to keep, in (0, 1].
        scope: `"global"` for one ranking over all layers, `"layer"` for the
            same fraction of each.
        round_to: Layers keep a multiple of this many channels, where they are
            as wide, and so do the groups of a grouped convolution and the
            heads of attention.
        min_channels: Layers keep at least so many channels.
        exclude: Layers whose channels all stay: a regular expression, an
            iterable of them, or a function of the layer's path.
        seed: Seed of a criterion that draws random numbers.

    Returns:
        The mask, for `mask_channels` and `remove_channels`.

    Raises:
        InvalidInputError: When an argument is out of range, a name is not
            known, nothing may be pruned, or the budget is out of reach.

    Example:

    ```python
    keep = tfprune.keep_mask(model, criterion="l1_norm", macs=0.5)
    small = tfprune.remove_channels(model, keep)
    ```
    """
    return kept_widths(
        model,
        criterion=criterion,
        sparsity=sparsity,
        macs=macs,
        parameters=parameters,
        scope=scope,
        round_to=round_to,
        min_channels=min_channels,
        exclude=exclude,
        seed=seed,
    ).keep


def kept_widths(
    model: keras.Model | PruningGraph,
    *,
    criterion: str | Criterion = "l1_norm",
    sparsity: float | None = None,
    macs: float | None = None,
    parameters: float | None = None,
    scope: str = "global",
    round_to: int = 1,
    min_channels: int = 1,
    exclude: Filters = None,
    seed: int | None = None,
) -> KeptWidths:
    """Chooses as `keep_mask` does, and says what floors and rounding cost.

    Takes the arguments of `keep_mask`, and raises what it does.

    Returns:
        The mask, and for each group how many channels were wanted and why
        more stay; `print` shows it as a table.

    Example:

    ```python
    widths = tfprune.kept_widths(model, macs=0.5, round_to=8)
    print(widths)
    small = tfprune.remove_channels(model, widths.keep)
    ```
    """
    budget = Budget.one_of(sparsity=sparsity, macs=macs, parameters=parameters)
    floor = Floor(min_channels=min_channels, round_to=round_to)
    order = SCOPES.get(scope)
    measure = CRITERIA.get(criterion)
    for name, given, found, kind, known in (
        ("scope", scope, order, Scope, SCOPES.names()),
        ("criterion", criterion, measure, Criterion, CRITERIA.names()),
    ):
        if not isinstance(found, kind):
            raise InvalidInputError(
                f"Expected the name of a {name} ({', '.join(known)}) or a "
                f"{kind.__name__}. Received: {given!r}."
            )
    if isinstance(measure, Random) and seed is not None:
        measure = replace(measure, seed=seed)
    graph = model if isinstance(model, PruningGraph) else trace(model)
    scores = group_scores(graph, measure, exclude)
    candidates = Candidates.ranked(graph, scores, order, floor)
    return KeptWidths.of(candidates, allocate(candidates, budget), floor)


def group_scores(
    graph: PruningGraph, criterion: Criterion, exclude: Filters = None
) -> list[tuple[Group, NDArray[np.floating]]]:
    """Scores every group that may be pruned.

    Args:
        graph: The traced model.
        criterion: What scores them.
        exclude: Layers whose groups are left out.

    Returns:
        Groups with scores of shape `(width,)`.

    Raises:
        InvalidInputError: When no group is left, or a score is not a number.
    """
    excluded = matching(exclude, {step.path for step in graph.steps})
    scores = []
    for group in graph.groups():
        carriers = {x.axis.layer for x in group.slices if x.axis.role == "out"}
        if not group.prunable or excluded & carriers:
            continue
        found = criterion.scores(group)
        if found is None:
            continue
        if np.shape(found) != (group.width,) or not np.isfinite(found).all():
            raise InvalidInputError(
                f"Expected {group.width} finite scores for group "
                f"'{group.name}' from criterion {type(criterion).__name__}. "
                f"Received: shape {np.shape(found)}, finite: "
                f"{bool(np.isfinite(found).all())}. Check the model's weights "
                "for NaN."
            )
        scores.append((group, found))
    if not scores:
        raise InvalidInputError(
            f"Model '{graph.model.name}' has no channels that criterion "
            f"{type(criterion).__name__} may prune. See "
            "print(tfprune.trace(model)) for what is frozen and why."
        )
    return scores
