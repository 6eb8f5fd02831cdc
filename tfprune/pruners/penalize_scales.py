"""Puts a penalty on the scales of batch normalization of a model."""

from collections.abc import Sequence
from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.gates import Gate
from tfprune.graph import Group, WeightSlice, trace
from tfprune.pruners.channel_costs import channel_costs
from tfprune.pruners.joint_penalties import joint_penalties
from tfprune.pruners.tied_scales import lasting_groups
from tfprune.regularizers import L1, JointGroupLasso, Penalty, link
from tfprune.surgery.changes import Changes
from tfprune.surgery.rebuild import rebuild


def penalize_scales(
    model: keras.Model,
    *,
    strength: float,
    cost: str | None = "macs",
    tied_groups: bool = False,
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

    Returns:
        A new model with the same weights, not compiled.

    Raises:
        InvalidInputError: When `cost` is not known, channels have a gate or
            another penalty already, or no scale can be penalized. What
            this function has put on scales is replaced.

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
    graph = trace(model)
    summing = {id(x.variable) for x in graph.axes if x.role == "in"}
    operations = {step.path: step.operation for step in graph.steps}
    costs = {
        group: one
        for group, one in channel_costs(graph, cost)
        if scales_of(group)
        and (not is_tied(group, summing) or (tied_groups and trains(group)))
    }
    for group in costs:
        check_free(group)
    while costs:
        channels = sum(group.width for group in costs)
        mean = sum(group.width * one for group, one in costs.items()) / channels
        configs: dict[int, dict[str, Any]] = {}
        for group, one in costs.items():
            scales, share = scales_of(group), strength * one / mean
            penalties: Sequence[Penalty] = [L1(share)] * len(scales)
            if is_tied(group, summing):
                penalties = joint_penalties(scales, share, name_of(group))
            for part, penalty in zip(scales, penalties, strict=True):
                configs[id(operations[part.axis.layer])] = {
                    "gamma_regularizer": keras.regularizers.serialize(penalty)
                }
        copy = rebuild(graph, Changes(configs=configs))
        lasting = lasting_groups(copy) if tied_groups else set()
        if not lasting:
            link(copy)
            return copy
        costs = {x: costs[x] for x in costs if name_of(x) not in lasting}
    raise InvalidInputError(
        f"Model '{model.name}' has no batch normalization whose channels "
        "could be penalized one by one. See print(tfprune.trace(model))."
    )


def check_free(group: Group) -> None:
    """Refuses channels that something else is to close.

    Args:
        group: The channels.

    Raises:
        InvalidInputError: When they have a gate, or a penalty that is not on
            their scales.
    """
    for part in group.slices:
        axis = part.axis
        present = getattr(axis.variable, "regularizer", None)
        # The regularizer of a gate is a method of it.
        owner = getattr(present, "__self__", present)
        own = axis.weight == "gamma" and isinstance(owner, L1 | JointGroupLasso)
        if axis.role == "out" and isinstance(owner, Gate | Penalty) and not own:
            raise InvalidInputError(
                f"The channels of '{group.name}' have a {type(owner).__name__} "
                f"on '{axis.weight}' of '{axis.layer}' already, and each would "
                "hold the other back. Keep one of them."
            )


def scales_of(group: Group) -> list[WeightSlice]:
    """The scales of batch normalization, each of all channels of a group."""
    return [
        part
        for part in group.slices
        if part.axis.weight == "gamma"
        and len(part.positions) == len(part.axis.ids)
    ]


def trains(group: Group) -> bool:
    """Whether training changes all scales of a group."""
    return all(part.axis.variable.trainable for part in scales_of(group))


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
