"""Puts a penalty on the scales of batch normalization of a model."""

from collections.abc import Sequence
from typing import Any

import keras

from tfprune.allocation.filters import Filters, matching
from tfprune.errors import InvalidInputError
from tfprune.graph import Group, PruningGraph, trace
from tfprune.graph.step import BoundAxis
from tfprune.pruners.channel_costs import channel_costs
from tfprune.pruners.closers import check_unclosed
from tfprune.pruners.joint_penalties import joint_penalties
from tfprune.pruners.lasting_groups import lasting_groups, scales_of
from tfprune.regularizers import L1, JointGroupLasso, Penalty, link
from tfprune.regularizers.strength import as_strength
from tfprune.surgery.changes import Changes
from tfprune.surgery.rebuild import rebuild


def penalize_scales(
    model: keras.Model,
    *,
    strength: float,
    cost: str | None = "macs",
    tied_groups: bool = False,
    layers: Filters = None,
) -> keras.Model:
    """Copies a model with an L1 penalty on the scales of its channels.

    Compiled with `tfprune.optimizers.Proximal`, training then drives scales
    to exact zeros, and `tfprune.strip` removes their channels. A channel is
    penalized in proportion to what removing it saves. Channels that a
    residual connection ties are left alone, as in the paper, because all of
    their scales have to vanish together; `tied_groups` sees to that.

    Args:
        model: A built functional or `Sequential` model; it is not changed.
        strength: Penalty of a channel of average cost, at least 0.
        cost: `"macs"` or `"parameters"` for what a channel costs, its
            consumers included; `"memory"` for the cost of the paper, kernels
            and feature map; None for the same penalty on all.
        tied_groups: Whether channels that are tied are penalized, too: by one
            norm over all of their scales, of which proximal steps leave all
            or none. The shifts are free. Those of a channel without scales
            make a constant of it, which `strip` absorbs where that is exact:
            not under SAME padding, unless activations make it zero. There
            `strip(absorb="approximate")` removes the channel and changes the
            borders, to be mended by fine-tuning, as in the paper;
            `tfprune.penalize_groups` makes the shifts vanish, too.
        layers: Layers whose channels are penalized: a regular expression, an
            iterable of them, or a function of the name; None for all that can
            be. Those are then left alone whose scales do not train, that have
            none, or that `strip` could not remove when all of their scales
            are zero: a layer normalization needs them, say.

    Returns:
        A new model with the same weights, not compiled.

    Raises:
        InvalidInputError: When an argument is not known, channels have a gate
            or another penalty already, a scale has a regularizer, or nothing
            can be penalized. What this function has put on scales is replaced.

    Example:

    ```python
    model = tfprune.penalize_scales(model, strength=0.01)
    sgd = keras.optimizers.SGD(0.02, momentum=0.9)
    model.compile(tfprune.optimizers.Proximal(sgd), loss)
    model.fit(x_train, y_train)
    small = tfprune.strip(model)
    ```

    Reference: Ye et al., "Rethinking the Smaller-Norm-Less-Informative
    Assumption in Channel Pruning of Convolution Layers", ICLR 2018
    (arXiv:1802.00124), section 4. The cost is that of the model as it is;
    `tfprune.callbacks.UpdateCosts` lets it follow as channels vanish.
    """
    strength = as_strength(strength, "penalize_scales")
    graph = trace(model)
    summing = {id(x.variable) for x in graph.axes if x.role == "in"}
    operations = {step.path: step.operation for step in graph.steps}
    costs = dict(channel_costs(graph, cost))
    groups = penalizable(graph, summing, tied_groups, layers)
    if not groups:
        raise InvalidInputError(
            f"Model '{model.name}' has no batch normalization whose channels "
            "could be penalized one by one. See print(tfprune.trace(model))."
        )
    channels = sum(group.width for group in groups)
    mean = sum(group.width * costs[group] for group in groups) / channels
    configs: dict[int, dict[str, Any]] = {}
    for group in groups:
        check_free(group)
        scales, share = scales_of(group), strength * costs[group] / mean
        penalties: Sequence[Penalty] = [L1(share)] * len(scales)
        if is_tied(group, summing):
            penalties = joint_penalties(scales, share, name_of(group))
        for part, penalty in zip(scales, penalties, strict=True):
            configs[id(operations[part.axis.layer])] = {
                "gamma_regularizer": keras.regularizers.serialize(penalty)
            }
    copy = rebuild(graph, Changes(configs=configs))
    link(copy)
    return copy


def penalizable(
    graph: PruningGraph,
    summing: set[int],
    tied_groups: bool,
    layers: Filters,
) -> list[Group]:
    """The groups that vanish with their scales.

    Args:
        graph: The traced model.
        summing: As in `is_tied`.
        tied_groups: Whether channels that are tied are among them.
        layers: Whose channels are meant; None for all that can be.

    Raises:
        InvalidInputError: When one that `layers` names is not among them.
    """
    groups = graph.groups()
    chosen = matching(layers, {x for group in groups for x in group.producers})
    reasons = {
        group: obstacle(group, tied_groups or not is_tied(group, summing))
        for group in groups
        if layers is None or chosen.intersection(group.producers)
    }
    found = [group for group, reason in reasons.items() if not reason]
    while found and (lasting := lasting_groups(graph, found)):
        for group in lasting:
            reasons[group] = (
                "one whose scale and shift are zero is needed still, by a "
                "statistic over channels or what else adds to them"
            )
        found = [group for group in found if group not in lasting]
    for group, reason in reasons.items() if layers is not None else ():
        if reason:
            raise InvalidInputError(
                f"The channels of '{group.name}' cannot be penalized by their "
                f"scales: {reason}. Leave the layer out of `layers`."
            )
    return found


def obstacle(group: Group, apart: bool) -> str:
    """Why the scales of a group cannot carry a penalty, or nothing.

    Args:
        group: The channels.
        apart: Whether tied channels are meant, or these are not tied.
    """
    if group.frozen:
        return f"they are frozen by {group.frozen[0]}"
    scales = scales_of(group)
    if not scales:
        return "no batch normalization scales them, and no others with them"
    if not apart:
        return "several layers add to them, which takes tied_groups=True"
    fixed = [x.axis.layer for x in scales if not x.axis.variable.trainable]
    return f"'gamma' of '{fixed[0]}' is not trainable" if fixed else ""


def check_free(group: Group) -> None:
    """Refuses channels that something else is to close.

    Args:
        group: The channels.

    Raises:
        InvalidInputError: When they have a gate, a penalty that is not on
            their scales, or a regularizer on these.
    """
    check_unclosed(group, is_own)
    for part in scales_of(group):
        axis = part.axis
        present = getattr(axis.variable, "regularizer", None)
        if present is not None and not is_own(axis, present):
            raise InvalidInputError(
                f"The scale of '{axis.layer}' has a {type(present).__name__} "
                "already, which the penalty would replace. Take it off, use "
                "the weight decay of the optimizer, or leave the channels of "
                f"'{group.name}' out of `layers`."
            )


def is_own(axis: BoundAxis, penalty: Any) -> bool:
    """Whether `penalize_scales` has put a penalty there."""
    return axis.weight == "gamma" and isinstance(penalty, L1 | JointGroupLasso)


def name_of(group: Group) -> str:
    """What the penalties on the scales of tied channels have in common."""
    return f"{group.name}#{group.number}"


def is_tied(group: Group, summing: set[int]) -> bool:
    """Whether the channels are sums of what several layers produce.

    Args:
        group: The channels.
        summing: The variables, by `id`, that sum over channels; a depthwise
            kernel is not among them.
    """
    producers = {
        id(part.axis.variable)
        for part in group.slices
        if part.axis.role == "out" and id(part.axis.variable) in summing
    }
    return len(producers) > 1
