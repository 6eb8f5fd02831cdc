"""Gates that are 0 or 1, in training too."""

import keras
from keras import ops

from tfprune.gates.estimators.bernoulli import drawn
from tfprune.gates.gate import GATES, Gate, Tensor

OFF = -1.0
"""What noise, or a gate, is where nobody has set it."""


@keras.saving.register_keras_serializable(package="tfprune")
@GATES.register("bernoulli")
class Bernoulli(Gate):
    """Gates that are 1 with probability `sigmoid(location)`, else 0.

    At inference a gate is 1 where its location is greater than 0, else 0: so
    what is left after `tfprune.strip` is what was trained, unscaled.

    A draw has no slope by the location. In a `tfprune.gates.GatedModel` an
    estimator finds it, and all gates of the model are drawn once a step, in
    whichever calls and on whichever replicas. In any other model the slope is
    taken to be that of the probability (straight-through), which is biased.

    Weights besides those of every gate: `noise` and `held` (the channels),
    which are not trained. A model sets them to say what the next gates are
    drawn from, and what they are held at instead; -1 is for neither.

    Source: Li, Ji, "L0-ARM: Network Sparsification via Stochastic Binary
    Optimization", 2019 (arXiv:1904.04432). The arguments are those of
    `tfprune.gates.Gate`.

    Example:

    ```python
    x = keras.layers.Dense(300, activation="relu")(inputs)
    x = tfprune.gates.Bernoulli(penalty=0.1 / 60000, cost=100)(x)
    outputs = keras.layers.Dense(10)(x)
    model = tfprune.gates.GatedModel(inputs, outputs, estimator="arm")
    ```
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the locations, and what a model sets.

        Raises:
            InvalidInputError: When the axis is the batch or its length is not
                known.
        """
        super().build(input_shape)
        self.noise, self.held = (
            self.add_weight(
                shape=self.location.shape,
                initializer=keras.initializers.Constant(OFF),
                dtype="float32",
                trainable=False,
                autocast=False,
                aggregation="only_first_replica",
                name=name,
            )
            for name in ("noise", "held")
        )

    def sample(self, location: Tensor, noise: Tensor) -> Tensor:
        """Draws zeros and ones, unless the model has done so."""
        set_noise, held = map(ops.convert_to_tensor, (self.noise, self.held))
        is_set = set_noise >= 0
        gates = drawn(location, ops.where(is_set, set_noise, noise))
        share = ops.sigmoid(location)
        slope = ops.where(is_set, 0.0, share - ops.stop_gradient(share))
        return ops.where(held >= 0, held, gates + slope)

    def open_probability(self, location: Tensor) -> Tensor:
        """Computes `P(z != 0)`."""
        return ops.sigmoid(location)

    def settled(self, location: Tensor) -> Tensor:
        """Computes `z` at inference."""
        return ops.cast(location > 0, "float32")
