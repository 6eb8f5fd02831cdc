"""Puts one penalty on each group of channels, however many layers it spans."""

from collections import Counter

import keras

from tfprune.allocation.filters import Filters, matching
from tfprune.errors import InvalidInputError
from tfprune.graph import trace
from tfprune.pruners.carriers import Carriers
from tfprune.pruners.channel_costs import channel_costs
from tfprune.pruners.closers import check_unclosed
from tfprune.pruners.joint_penalties import joint_penalties
from tfprune.regularizers import JointGroupLasso, link
from tfprune.regularizers.strength import as_strength
from tfprune.surgery.changes import Changes
from tfprune.surgery.rebuild import rebuild

ROLES = {"filter": "out", "channel": "in"}


def penalize_groups(
    model: keras.Model,
    *,
    strength: float,
    structure: str = "filter",
    cost: str | None = None,
    layers: Filters = None,
) -> keras.Model:
    """Copies a model with one group lasso on the weights of each channel.

    The norm of a channel is taken over all that produces it: its filter in
    every layer that a residual connection adds up, biases, and scales and
    shifts of normalization. So channels vanish as a whole, and
    `tfprune.strip` removes what training with `tfprune.optimizers.Proximal`
    has set to zero. A plain optimizer trains with the subgradients.

    Args:
        model: A built functional or `Sequential` model; it is not changed.
        strength: What multiplies the norm of a channel, at least 0.
        structure: `"filter"` for the weights that produce a channel,
            `"channel"` for those that read it.
        cost: `"macs"` or `"parameters"` for penalties in proportion to what a
            channel costs, its consumers included, so that `strength` is that
            of a channel of average cost; None for the same penalty on all.
        layers: Layers whose channels are penalized: a regular expression, an
            iterable of them, or a function of the name; None for all that can
            be. Those that are frozen by the graph, not trainable or cannot
            carry a penalty are then left alone.

    Returns:
        A new model with the same weights, not compiled.

    Raises:
        InvalidInputError: When an argument is not known, channels have a gate
            or another penalty already, a weight has a regularizer or holds
            NaN, or nothing can be penalized.

    Example:

    ```python
    model = tfprune.penalize_groups(model, strength=1e-3, cost="macs")
    sgd = keras.optimizers.SGD(0.01, momentum=0.9)
    model.compile(tfprune.optimizers.Proximal(sgd), loss)
    model.fit(x_train, y_train)
    small = tfprune.strip(model)
    ```

    Reference: Wen et al., "Learning Structured Sparsity in Deep Neural
    Networks" (arXiv:1608.03665), for the penalty on filters; Fang et al.,
    "DepGraph: Towards Any Structural Pruning" (arXiv:2301.12900), for one
    norm over all layers that a channel lies in.
    """
    if structure not in ROLES:
        raise InvalidInputError(
            f"Expected structure to be one of {', '.join(ROLES)}. Received: "
            f"structure={structure!r}."
        )
    strength = as_strength(strength, "penalize_groups")
    graph = trace(model)
    carriers = Carriers(graph)
    chosen = matching(layers, {step.path for step in graph.steps})
    costs = dict(channel_costs(graph, cost))
    penalized = []
    for group in graph.groups():
        if layers is not None and not chosen & set(group.producers):
            continue
        obstacle = carriers.obstacle(group, ROLES[structure])
        if not obstacle:
            check_unclosed(group)
            penalized.append(group)
        elif layers is not None:
            raise InvalidInputError(
                f"The channels of '{group.name}' cannot be penalized: "
                f"{obstacle}. Leave the layer out of `layers`."
            )
    if not penalized:
        raise InvalidInputError(
            f"Model '{model.name}' has no channels that could be penalized. "
            "See print(tfprune.trace(model)) for what is frozen and why."
        )
    width = sum(group.width for group in penalized)
    mean = sum(group.width * costs[group] for group in penalized) / width
    parts: dict[int, list[JointGroupLasso]] = {}
    names = Counter[str]()
    for group in penalized:
        names[group.name] += 1
        slices = list(carriers.slices(group, ROLES[structure]))
        penalties = joint_penalties(
            slices,
            strength * costs[group] / mean,
            unique(group.name, names[group.name]),
        )
        for part, penalty in zip(slices, penalties, strict=True):
            parts.setdefault(id(part.axis.variable), []).append(penalty)
    copy = rebuild(graph, Changes(configs=carriers.configs(parts)))
    link(copy)
    return copy


def unique(name: str, count: int) -> str:
    """A name with a number behind it, which no layer's has, if repeated."""
    return name if count == 1 else f"{name}#{count}"
