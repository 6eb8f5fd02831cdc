"""The base of the layers that can close channels, and their registry."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfprune.errors import InvalidInputError
from tfprune.gates.decay import Decay, LinkedDecays
from tfprune.gates.noise import SMALLEST, Drawing, uniform
from tfprune.gates.settings import as_positive, as_probability, as_whole
from tfprune.registry import Registry

Tensor = Any

GATES: "Registry[Gate]" = Registry("gate")

LOWEST, HIGHEST = math.log(1e-2), math.log(1e2)
"""Where the location of a gate is kept, so that none is lost for good."""


class Gate(ABC, Drawing):
    """Scales each channel by a random number of its own, which may be zero.

    A gate `z` has one learned number for each channel, its location. While a
    model trains, `z` is drawn anew for each batch; at inference it is the
    number that the location gives. The expected number of open gates is a
    smooth function of the locations, and part of the loss:

    `penalty * penalty_scale * cost * sum_k P(z_k != 0)`

    A shared gate, which a model calls several times, adds it once; for the
    same draw in all calls give them the same `GateNoise`. With
    `trainable=False` a gate adds nothing to the loss and scales by the same
    numbers in training as at inference.

    Gates leave with `tfprune.strip`: the channels of closed ones are removed,
    open ones become part of the weights around them.

    The variable holds the location divided by `learning_rate_multiplier`, but
    its gradient is that of the location itself. So any optimizer moves the
    location as with its learning rate times that number, Adam and SGD alike.

    A subclass says how a gate is drawn, in three element-wise functions, and
    nothing else: then the channel graph knows it too.

    Weights: `location` (the channels), and the scalar `penalty_scale`, which
    is not trained and multiplies the penalty from one batch to the next.

    Args:
        penalty: What an open gate of cost 1 adds to the loss, at least 0. For
            a loss that is a mean over the `N` examples of a training set, as
            Keras', a strength `lambda` of the L0 paper is `lambda / N` here.
        cost: What a channel costs, at least 0: its parameters, say.
        axis: The axis that the channels lie on, the batch being axis 0.
        drop_rate: Probability at the start, between 0 and 1, that a channel
            is dropped: the location is `log((1 - p) / p)`, plus normal noise
            of 0.01.
        learning_rate_multiplier: How much faster than the other weights the
            locations are learned, more than 0.
        per_example: Whether each example of a batch has gates of its own.
        seed: Seed of the start and of the draws.
        decays: Weights that decay as strongly as the gate is likely to be
            open, `tfprune.gates.Decay`; see `tfprune.gates.link`.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When a number is out of range.

    Example:

    ```python
    @keras.saving.register_keras_serializable(package="mine")
    @tfprune.gates.GATES.register("hard_uniform")
    class HardUniform(tfprune.gates.Gate):
        def sample(self, location, noise):
            return ops.clip(location / 4 + noise - 0.5, 0, 1)

        def open_probability(self, location):
            return ops.clip(location / 4 + 0.5, 0, 1)

        def settled(self, location):
            return ops.clip(location / 4, 0, 1)
    ```
    """

    def __init__(
        self,
        penalty: float = 0.0,
        *,
        cost: float = 1.0,
        axis: int = -1,
        drop_rate: float = 0.5,
        learning_rate_multiplier: float = 1.0,
        per_example: bool = False,
        seed: int | None = None,
        decays: Iterable[Decay | Mapping[str, Any]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.penalty = as_positive(penalty, "penalty", owner, zero=True)
        self.cost = as_positive(cost, "cost", owner, zero=True)
        self.axis = as_whole(axis, "axis", owner, least=None)
        self.drop_rate = as_probability(drop_rate, "drop_rate", owner)
        self.learning_rate_multiplier = as_positive(
            learning_rate_multiplier, "learning_rate_multiplier", owner
        )
        self.per_example = bool(per_example)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.linked_decays = LinkedDecays(
            x if isinstance(x, Decay) else Decay(**x) for x in decays
        )
        self.supports_masking = True

    @abstractmethod
    def sample(self, location: Tensor, noise: Tensor) -> Tensor:
        """Draws gates.

        Args:
            location: float32 `(channels,)`.
            noise: float32, uniform between 0 and 1, of a shape that ends in
                `(channels,)`.

        Returns:
            float32 of the shape of `noise`, differentiable in `location`.
        """

    @abstractmethod
    def open_probability(self, location: Tensor) -> Tensor:
        """Computes `P(z != 0)`, differentiable.

        Args:
            location: float32 `(channels,)`.

        Returns:
            float32 `(channels,)`.
        """

    @abstractmethod
    def settled(self, location: Tensor) -> Tensor:
        """Computes what a channel is multiplied by at inference.

        Args:
            location: float32 `(channels,)`.

        Returns:
            float32 `(channels,)`, at least 0.
        """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the locations.

        Raises:
            InvalidInputError: When the axis is the batch or its length is not
                known.
        """
        rank = len(input_shape)
        position = self.axis + rank if self.axis < 0 else self.axis
        if not 0 < position < rank or input_shape[position] is None:
            raise InvalidInputError(
                f"Expected axis of {type(self).__name__} '{self.name}' to be "
                f"one of known length, the batch not counted, received "
                f"axis={self.axis} for inputs of shape {tuple(input_shape)}. "
                "Give the axis that the channels lie on."
            )
        multiplier = self.learning_rate_multiplier
        start = math.log((1 - self.drop_rate) / self.drop_rate)
        self.location = self.add_weight(
            shape=(input_shape[position],),
            initializer=keras.initializers.RandomNormal(
                start / multiplier, 0.01 / multiplier, self.seed
            ),
            regularizer=self.loss_of,
            constraint=self.clamp,
            autocast=False,
            name="location",
        )
        self.penalty_scale = self.add_weight(
            shape=(),
            initializer="ones",
            dtype="float32",
            trainable=False,
            autocast=False,
            name="penalty_scale",
        )

    def call(
        self,
        inputs: Tensor,
        noise: Tensor | None = None,
        training: bool = False,
    ) -> Tensor:
        """Scales the channels.

        Args:
            inputs: Tensor of any rank from 2 on.
            noise: What `tfprune.gates.GateNoise` returned, for a gate that is
                called several times; else a call draws its own.
            training: Whether gates are drawn.

        Returns:
            Tensor of the shape and dtype of the inputs.
        """
        location = self.location_of(self.location)
        rank, position = len(inputs.shape), self.axis % len(inputs.shape)
        shape = [1] * rank
        shape[position] = location.shape[0]
        if training and self.trainable:
            if noise is None:
                examples = ops.shape(inputs)[0] if self.per_example else 1
                noise = uniform(
                    (examples, location.shape[0]), self.seed_generator
                )
            noise = ops.cast(noise[:, : location.shape[0]], "float32")
            gates = self.sample(
                location, ops.clip(noise, SMALLEST, 1 - SMALLEST)
            )
            shape[0] = -1
        else:
            gates = self.settled(location)
        return inputs * ops.cast(ops.reshape(gates, shape), inputs.dtype)

    def location_of(self, weight: Tensor) -> Tensor:
        """Returns the location that the variable stands for.

        Its slope by the variable is one.
        """
        weight = ops.cast(weight, "float32")
        rest = (self.learning_rate_multiplier - 1) * weight
        return weight + ops.stop_gradient(rest)

    def loss_of(self, weight: Tensor) -> Tensor:
        """Computes the loss from the variable `location`: a scalar."""
        probability = self.open_probability(self.location_of(weight))
        strength = self.penalty * self.cost * self.penalty_scale
        decay = self.linked_decays.value(self.name, probability)
        return strength * ops.sum(probability) + decay

    def clamp(self, weight: Tensor) -> Tensor:
        """Keeps the variable `location` in range after each update."""
        multiplier = self.learning_rate_multiplier
        return ops.clip(weight, LOWEST / multiplier, HIGHEST / multiplier)

    def values(
        self, weight: NDArray[np.floating] | None = None
    ) -> NDArray[np.float32]:
        """What the channels are multiplied by at inference.

        Args:
            weight: What the variable `location` is taken to hold; what it
                does hold when None.

        Returns:
            float32 array of shape `(channels,)`.
        """
        held = self.location if weight is None else weight
        settled = self.settled(self.location_of(ops.convert_to_tensor(held)))
        return np.array(ops.convert_to_numpy(settled))

    def closed(self) -> NDArray[np.bool_]:
        """Which channels are multiplied by zero at inference.

        Returns:
            bool array of shape `(channels,)`.
        """
        return self.values() == 0

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...], *noise_shape: Any
    ) -> tuple[int | None, ...]:
        """Returns the shape of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            **super().get_config(),
            "penalty": self.penalty,
            "cost": self.cost,
            "axis": self.axis,
            "drop_rate": self.drop_rate,
            "learning_rate_multiplier": self.learning_rate_multiplier,
            "per_example": self.per_example,
            "seed": self.seed,
            "decays": [asdict(x) for x in self.linked_decays.decays],
        }
