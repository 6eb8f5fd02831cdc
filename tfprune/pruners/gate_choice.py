"""Which channels are to have gates, and of which kind."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from tfprune.allocation.filters import Filters, matching
from tfprune.errors import InvalidInputError
from tfprune.gates import GATES, Bernoulli, Gate
from tfprune.gates.settings import as_positive
from tfprune.graph import Group, PruningGraph
from tfprune.pruners.channel_costs import channel_costs
from tfprune.registry import did_you_mean

DEFAULT, ESTIMATED = "hard_concrete", "bernoulli"
"""The gates when nothing else is said, and when an estimator trains them."""

DROP_RATE = 0.05
"""Of gates by name: so small that at inference they are exactly 1."""


class GateChoice:
    """What `tfprune.insert_gates` was asked for, checked.

    Args:
        graph: The traced model.
        strength: As in `tfprune.insert_gates`, as all that follow.
        gate: A name, a gate that shows its settings, or such by layer.
        cost: What a channel costs.
        layers: Whose channels get gates.
        weight_decay: How strongly weights decay that read them.
        estimated: Whether an estimator is to train the gates.

    Raises:
        InvalidInputError: When one of them is out of range or not known.
    """

    def __init__(
        self,
        graph: PruningGraph,
        strength: float | Mapping[str, float],
        gate: str | Gate | Mapping[str, Gate] | None,
        cost: str | None,
        layers: Filters,
        weight_decay: float,
        estimated: bool,
    ) -> None:
        self._graph = graph
        self._operations = {step.path: step.operation for step in graph.steps}
        self._known = {x for group in graph.groups() for x in group.producers}
        for choice in (strength, gate):
            self._check_layers(choice)
        self._default = ESTIMATED if estimated else DEFAULT
        self._estimated = estimated
        self._strength = strength
        self._gate = self._default if gate is None else gate
        self.weight_decay = as_positive(
            weight_decay, "weight_decay", "insert_gates", zero=True
        )
        self._costs = dict(channel_costs(graph, cost))
        if layers is None and isinstance(strength, Mapping):
            layers = [f"^{re.escape(name)}$" for name in strength]
        self._demanded = layers is not None
        names = matching(layers, self._known)
        self.groups = [
            group
            for group in graph.groups()
            if names.intersection(group.producers)
            or (layers is None and group.prunable)
        ]

    def _check_layers(self, choice: Any) -> None:
        for name in choice if isinstance(choice, Mapping) else ():
            if name not in self._known:
                raise InvalidInputError(
                    f"Expected a layer of model '{self._graph.model.name}' "
                    f"that produces channels. Received: '{name}'."
                    f"{did_you_mean(name, self._known)}"
                )

    def check(self, refused: Mapping[Group, str]) -> None:
        """Refuses to leave out channels that were asked for by name.

        Args:
            refused: Groups that cannot have a gate, and why.

        Raises:
            InvalidInputError: With the first of them.
        """
        for group, reason in refused.items() if self._demanded else ():
            raise InvalidInputError(
                f"The {group.width} channels of layer '{group.name}' cannot "
                f"have a gate: {reason}. Leave the layer out, or put a gate "
                "by hand where it is only to scale."
            )

    def gate(self, group: Group, axis: int, others: Collection[Gate]) -> Gate:
        """A gate for a group.

        Args:
            group: The channels.
            axis: The axis that they lie on.
            others: The gates that were made before.

        Raises:
            InvalidInputError: When an estimator is to train a gate that is
                not 0 or 1.
        """
        wanted = of_group(self._gate, group, self._default)
        config: dict[str, Any]
        if isinstance(wanted, Gate):
            kind, config = type(wanted), wanted.get_config()
        else:
            kind = type(GATES.get(wanted))
            policy = self._operations[group.producers[0]].dtype_policy
            config = kind(drop_rate=DROP_RATE, dtype=policy).get_config()
        if self._estimated and not issubclass(kind, Bernoulli):
            raise InvalidInputError(
                "An estimator trains gates that are 0 or 1. Received: gate="
                f"{kind.__name__} for layer '{group.name}'. Give "
                'gate="bernoulli", or no estimator.'
            )
        if config["seed"] is not None:
            # Equal seeds would draw gates of equal width alike.
            config["seed"] += len(others)
        strength = of_group(self._strength, group, 0.0)
        config |= {
            "penalty": as_positive(
                strength, "strength", "insert_gates", zero=True
            ),
            "cost": float(self._costs[group]),
            "axis": axis,
            "name": self._unique(
                f"{group.name.replace('/', '.')}_gate", others
            ),
        }
        return kind.from_config(config)

    def _unique(self, base: str, others: Collection[Gate]) -> str:
        """A name that no layer of the model has."""
        taken = {x.name for x in (*self._operations.values(), *others)}
        name, number = base, 0
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        return name


def of_group(choice: Any, group: Group, default: Any) -> Any:
    """What was chosen for a group: for all, or for a layer of it."""
    if not isinstance(choice, Mapping):
        return choice
    found = [choice[name] for name in group.producers if name in choice]
    return found[0] if found else default
