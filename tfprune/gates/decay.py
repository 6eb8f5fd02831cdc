"""Weight decay that is as strong as a gate is likely to be open."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import keras
import numpy as np
from keras import ops

from tfprune.errors import InvalidInputError

Tensor = Any


@dataclass(frozen=True)
class Decay:
    """Which weights a gate makes decay.

    Attributes:
        layer: Path of a layer of the model: its name, in a nested model with
            that model's before it (`"encoder/dense"`).
        weight: Name of its attribute; dots lead to parts of the layer.
        axis: The axis of the weight that the gate's channels lie on.
        strength: What half the squared norm is multiplied by, besides the
            probability that the gate is open.
        channels: For each position of the axis the gate's channel, -1 for
            none; the positions themselves when None.
    """

    layer: str
    weight: str
    axis: int
    strength: float
    channels: Sequence[int] | None = None

    def places(self, length: int) -> np.ndarray:
        """The gate's channel for each of so many positions."""
        given = range(length) if self.channels is None else self.channels
        return np.asarray(given, "int32")

    def value(self, variable: keras.Variable, probability: Tensor) -> Tensor:
        """Computes `strength / 2 * sum_k P(z_k != 0) |w_k|^2`.

        Args:
            variable: The weight.
            probability: float32 `(channels,)`.

        Returns:
            float32 scalar.
        """
        weights = ops.cast(variable, "float32")
        rank = len(weights.shape)
        others = tuple(x for x in range(rank) if x != self.axis % rank)
        norms = ops.sum(ops.square(weights), axis=others)
        places = self.places(weights.shape[self.axis])
        # What belongs to no channel of the gate does not decay.
        padded = ops.concatenate([probability, ops.zeros((1,))])
        shares = ops.take(padded, places % (probability.shape[0] + 1))
        return 0.5 * self.strength * ops.sum(shares * norms)


class LinkedDecays:
    """The decays of one gate, with the variables once these are known.

    Args:
        decays: Which weights decay.
    """

    def __init__(self, decays: Iterable[Decay]) -> None:
        self.decays = tuple(decays)
        self._variables: list[keras.Variable] | None = None

    def link(self, layers: dict[str, Any], gate: str, channels: int) -> None:
        """Finds the variables among a model's layers.

        Args:
            layers: The layers by path.
            gate: Name of the gate, for messages.
            channels: Number of its channels.

        Raises:
            InvalidInputError: When one is missing or of another length, or
                several layers are called so.
        """
        found = []
        for decay in self.decays:
            layer = layer_at(decay.layer, layers, gate)
            variable = reduce(
                lambda part, name: getattr(part, name, None),
                decay.weight.split("."),
                layer,
            )
            length = None if variable is None else variable.shape[decay.axis]
            places = decay.places(length or 0)
            if len(places) != length or max(places, default=0) >= channels:
                raise InvalidInputError(
                    f"Gate '{gate}' makes {decay.layer}.{decay.weight} decay, "
                    f"{len(places)} positions on axis {decay.axis}, but the "
                    f"model has {length or 'no such weight'}. Insert gates "
                    "into the model as it is."
                )
            found.append(variable)
        self._variables = found

    def value(self, gate: str, probability: Tensor) -> Tensor:
        """Computes the decay of all weights: a float32 scalar, or 0.

        Raises:
            InvalidInputError: When the variables are not known.
        """
        if self.decays and self._variables is None:
            raise InvalidInputError(
                f"Gate '{gate}' makes weights decay, but has not met them. "
                "Call tfprune.gates.link(model) after loading or copying a "
                "model."
            )
        pairs = zip(self.decays, self._variables or (), strict=True)
        return sum(one.value(weight, probability) for one, weight in pairs)


def link(model: keras.Model) -> None:
    """Shows the gates of a model the weights that they make decay.

    `tfprune.insert_gates` does it by itself. A model with weight decay by
    gates needs it once after it was loaded or copied, before it is trained.

    Args:
        model: A model with gates.

    Raises:
        InvalidInputError: When a weight is not in the model, or its length
            has changed.

    Example:

    ```python
    model = keras.saving.load_model("gated.keras")
    tfprune.gates.link(model)
    ```
    """
    layers = dict(layers_by_path(model))
    for layer in layers.values():
        decays = getattr(layer, "linked_decays", None)
        if isinstance(decays, LinkedDecays):
            decays.link(layers, layer.name, layer.location.shape[0])


def layers_of(model: Any) -> Iterator[Any]:
    """The layers of a model and of the models in it."""
    for _, layer in layers_by_path(model):
        yield layer


def layers_by_path(model: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """The layers of a model and of the models in it, behind their paths.

    Args:
        model: Any layer; one that is no model has none.
        before: What paths begin with.
    """
    for layer in getattr(model, "layers", ()):
        path = f"{before}{layer.name}"
        yield path, layer
        yield from layers_by_path(layer, f"{path}/")


def layer_at(path: str, layers: Mapping[str, Any], gate: str) -> Any:
    """Returns the layer of a path, or of a name if only one is called so.

    Args:
        path: Where it is.
        layers: The layers by path.
        gate: Name of what asks, for messages.

    Raises:
        InvalidInputError: When several are called so.
    """
    if path in layers:
        return layers[path]
    found = [x for x in layers if x.endswith(f"/{path}")]
    if len(found) > 1:
        raise InvalidInputError(
            f"Gate '{gate}' makes weights of '{path}' decay, but the model has "
            f"several of that name: {', '.join(found)}. Give the path of one."
        )
    return layers[found[0]] if found else None
