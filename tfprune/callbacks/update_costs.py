"""Weighs penalties by what channels cost at the time."""

from typing import Any

import keras

from tfprune.callbacks.live_channels import LiveChannels
from tfprune.callbacks.proximal_of import proximal_of
from tfprune.errors import InvalidInputError
from tfprune.graph import Group, trace
from tfprune.pruners.channel_costs import COSTS, channel_costs


class UpdateCosts(keras.callbacks.Callback):
    """Lets penalties follow what channels cost as the model gets smaller.

    `tfprune.penalize_scales(model, cost=...)` makes strengths in proportion to
    what a channel costs in the model as it is then. The kernel of a channel is
    as deep as the layer before it is wide, though, so what is left costs less
    and less as others vanish. At the beginning of each epoch this callback
    sets the factors of `tfprune.optimizers.Proximal` to what a channel of each
    group costs now, over what it cost when all channels were there.

    The factors are part of the optimizer: files and
    `keras.callbacks.BackupAndRestore` hold them, and the loss shows penalties
    without them. Under `tfprune.callbacks.BudgetController`, put this callback
    before it. Gates keep the cost that they were made with.

    Source: Ye et al., "Rethinking the Smaller-Norm-Less-Informative Assumption
    in Channel Pruning of Convolution Layers", arXiv:1802.00124, section 4,
    where the counts of channels are those of the compressed model.

    Args:
        cost: `"macs"`, `"parameters"` or `"memory"`: what the penalties were
            made with.

    Raises:
        InvalidInputError: When `cost` is not known; when training begins
            without `Proximal` or without a penalty that closes channels, or
            one penalized weight has channels of several groups.
        TfpruneError: When a weight is not a number any more.

    Example:

    ```python
    model = tfprune.penalize_scales(model, strength=0.01, cost="memory")
    model.compile(tfprune.optimizers.Proximal(keras.optimizers.SGD(0.01)), loss)
    costs = tfprune.callbacks.UpdateCosts(cost="memory")
    model.fit(x_train, y_train, epochs=20, callbacks=[costs])
    ```
    """

    def __init__(self, cost: str = "macs") -> None:
        super().__init__()
        if cost not in COSTS:
            raise InvalidInputError(
                f"Expected cost to be one of {', '.join(COSTS)}. Received: "
                f"cost={cost!r}."
            )
        self.cost = cost

    def on_train_begin(self, logs: Any = None) -> None:
        """Traces the model and makes the factors."""
        model = self.model
        proximal = proximal_of(model.optimizer, type(self).__name__)
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        graph = trace(model)
        self._channels = LiveChannels(graph, "sparsity")
        self._channels.check()
        self._whole = dict(channel_costs(graph, self.cost))
        self._factors: dict[Group, list[Any]] = {}
        owners: dict[int, str] = {}
        for one in self._channels.steered:
            for part in one.parts:
                variable = part.axis.variable
                if id(variable) in self._channels.gates:
                    continue
                owner = owners.setdefault(id(variable), one.group.name)
                if owner != one.group.name:
                    raise InvalidInputError(
                        "Expected each penalized weight to have channels of "
                        f"one group for UpdateCosts, but '{part.axis.weight}' "
                        f"of '{part.axis.layer}' has those of '{owner}' and "
                        f"'{one.group.name}', which cost differently. Penalize "
                        "scales with tfprune.penalize_scales."
                    )
                factor = proximal.factor(variable)
                self._factors.setdefault(one.group, []).append(factor)
        if not self._factors:
            raise InvalidInputError(
                f"Model '{model.name}' has no penalty whose strength could "
                "follow costs: gates keep theirs. Leave UpdateCosts out, or "
                "use tfprune.penalize_scales."
            )
        # The train step has new state.
        model.make_train_function(force=True)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Sets the factors to what channels cost now."""
        # Under JAX the variables hold what training has made of them only
        # once the model is asked for.
        self.model  # noqa: B018
        channels = self._channels
        left = channels.left(channels.travel(epoch))
        costs = channel_costs(channels.graph, self.cost, left)
        for group, now in costs:
            for factor in self._factors.get(group, ()):
                factor.assign(now / max(self._whole[group], 1))
