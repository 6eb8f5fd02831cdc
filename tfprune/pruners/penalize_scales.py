"""Puts a penalty on the scales of batch normalization of a model."""

from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.graph import Group, trace
from tfprune.pruners.channel_costs import channel_costs
from tfprune.regularizers import L1
from tfprune.surgery.changes import Changes
from tfprune.surgery.rebuild import rebuild


def penalize_scales(
    model: keras.Model, *, strength: float, cost: str | None = "macs"
) -> keras.Model:
    """Copies a model with an L1 penalty on the scales of its channels.

    Compiled with `tfprune.optimizers.Proximal`, training then drives scales
    to exact zeros, and `tfprune.strip` removes their channels. A channel is
    penalized in proportion to what removing it saves. Channels that a
    residual connection ties are left alone, because all of their scales would
    have to vanish together.

    Args:
        model: A built functional or `Sequential` model; it is not changed.
        strength: Penalty of a channel of average cost, at least 0.
        cost: `"macs"` or `"parameters"` for what a channel costs, its
            consumers included; `"memory"` for the cost of the paper, kernels
            and feature map; None for the same penalty on all.

    Returns:
        A new model with the same weights, not compiled.

    Raises:
        InvalidInputError: When `cost` is not known or no scale can be
            penalized.

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
    (arXiv:1802.00124), section 4. The cost is that of the model as it is:
    training does not change it as channels vanish.
    """
    graph = trace(model)
    costs = channel_costs(graph, cost)
    summing = {id(x.variable) for x in graph.axes if x.role == "in"}
    scaled = [
        (group, one, layers)
        for group, one in costs
        if (layers := scale_layers(group)) and not is_tied(group, summing)
    ]
    if not scaled:
        raise InvalidInputError(
            f"Model '{model.name}' has no batch normalization whose channels "
            "could be penalized one by one. See print(tfprune.trace(model))."
        )
    channels = sum(group.width for group, _, _ in scaled)
    mean = sum(group.width * one for group, one, _ in scaled) / channels
    configs: dict[int, dict[str, Any]] = {}
    operations = {step.path: step.operation for step in graph.steps}
    for _, one, layers in scaled:
        for layer in layers:
            penalty = L1(strength * one / mean)
            configs[id(operations[layer])] = {
                "gamma_regularizer": keras.regularizers.serialize(penalty)
            }
    return rebuild(graph, Changes(configs=configs))


def scale_layers(group: Group) -> list[str]:
    """The batch normalizations that scale all channels of a group."""
    return [
        part.axis.layer
        for part in group.slices
        if part.axis.weight == "gamma"
        and len(part.positions) == len(part.axis.ids)
    ]


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
