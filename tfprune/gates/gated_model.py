"""A model whose gates are 0 or 1, trained with an estimator."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.gates.bernoulli import Bernoulli
from tfprune.gates.decay import layers_of
from tfprune.gates.estimators import ESTIMATORS, Estimator, drawn
from tfprune.gates.noise import SEED, GateNoise, uniform, without_seed

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class GatedModel(keras.Model):
    """A functional model whose `Bernoulli` gates an estimator trains.

    `compile`, `fit` and all else are Keras' own. In each step of `fit` the
    gates of the model are drawn together. The weights get the slope of the
    loss at this draw; the locations of the gates get the estimator's, which
    evaluates the loss of the same batch again, with other gates, as often as
    it needs to:

    - `"arm"`: once, forward only;
    - `"rebar"`: twice, forward and backward; `Rebar(trainable=False)` once;
    - `"concrete"`: once, forward and backward;
    - `"relax"`, `"reinforce"`: never.

    All but `"concrete"` are without bias. The same penalties as of any gate
    are added, with their exact slope. The loss that `fit` reports is that of
    the draw, with penalties.

    What the estimator learns is trained by the optimizer of the model. Dropout
    and the like draw the same in all evaluations of a step, and batch
    normalization takes only the draw into its averages. Activity regularizers
    count for the weights, not for the gates. Replicas draw alike, and train as
    one device does; `"rebar"` and `"relax"` learn from the square of what each
    replica computes, and so learn otherwise. Gates inside of layers with a
    `call` of their own are not seen: there they train straight-through.

    A model without such gates is a plain functional `keras.Model`; so is what
    `tfprune.strip` returns.

    Args:
        inputs: As for a functional `keras.Model`.
        outputs: As for a functional `keras.Model`.
        name: Name of the model.
        estimator: A name from `tfprune.gates.estimators.ESTIMATORS`, or an
            estimator, which belongs to this model from then on.
        seed: Seed of the draws.
        **kwargs: `trainable`, as for any Keras model.

    Raises:
        InvalidInputError: When there is no such estimator, or a gate draws for
            each example by itself.

    Example:

    ```python
    model = tfprune.gates.GatedModel(inputs, outputs, estimator="arm")
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x_train, y_train, epochs=40)
    small = tfprune.strip(model)
    ```
    """

    def __new__(
        cls, inputs: Any = None, outputs: Any = None, *rest: Any, **kwargs: Any
    ) -> Any:
        # What is made anew without its gates has nothing to estimate.
        if outputs is not None:
            plain = {x: kwargs[x] for x in ("name", "trainable") if x in kwargs}
            model = keras.Model(inputs, outputs, *rest, **plain)
            if not bernoulli_gates(model):
                return model
        return super().__new__(cls)

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        name: str | None = None,
        *,
        estimator: str | Estimator | Mapping[str, Any] = "arm",
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(inputs, outputs, name=name, **kwargs)
        self.estimator: Estimator = (
            keras.saving.deserialize_keras_object(estimator)
            if isinstance(estimator, Mapping)
            else ESTIMATORS.get(estimator)
        )
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        gates = bernoulli_gates(self)
        for gate in gates:
            if gate.per_example:
                raise InvalidInputError(
                    f"Gate '{gate.name}' of model '{self.name}' draws for each "
                    "example by itself (per_example=True), but an estimator "
                    "compares draws on whole batches. Give per_example=False."
                )
        if not self.estimator.built:
            self.estimator.build((sum(x.location.shape[0] for x in gates),))
        self._deal(gates)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """Computes the loss, which in training has the estimate as slope.

        Args:
            x: A batch of inputs.
            y: Its targets.
            y_pred: What the model computed of it.
            sample_weight: Weights of the examples.
            training: Whether the step is one of `fit`.

        Returns:
            float32 scalar.
        """
        total = super().compute_loss(x, y, y_pred, sample_weight, training)
        gates = [gate for gate in bernoulli_gates(self) if gate.trainable]
        if not training or not gates:
            return total
        batch = (x, y, sample_weight)
        location = ops.concatenate(
            [gate.location_of(gate.location) for gate in gates]
        )
        noise = ops.concatenate([gate.noise for gate in gates])[None]

        def loss(values: Tensor) -> Tensor:
            return self._loss_at(gates, values[0], batch)[None]

        if self.estimator.further_losses and self._draws_otherwise(gates):
            value = loss(drawn(location, noise))
        else:
            value = self._without_penalties(total)[None]
        value = ops.stop_gradient(value)
        objective = self.estimator.objective(loss, location, noise, value)
        self.estimator.observe(value)
        self._deal(gates)
        reached = ops.stop_gradient(objective)
        # A factor of 1 that slopes by the weights wait for: TensorFlow's graph
        # optimizer else lets weights change before further losses read them.
        one = ops.where(ops.isnan(reached), reached, 1.0)
        return total * one + objective - reached

    def _loss_at(
        self, gates: list[Bernoulli], values: Tensor, batch: tuple[Any, ...]
    ) -> Tensor:
        """The loss of a batch, had the gates been drawn so.

        Only the gates have a slope; whatever else changes is forgotten.

        Args:
            gates: The gates.
            values: What all of their channels are, one after the other.
            batch: Inputs, targets and weights of the examples.
        """
        state = [
            (variable, ops.stop_gradient(variable.value))
            for variable in (*self.variables, *self.metrics_variables)
        ]
        first = 0
        for gate in gates:
            last = first + gate.location.shape[0]
            state.append((gate.held, values[first:last]))
            first = last
        x, y, sample_weight = batch
        with keras.StatelessScope(state):
            y_pred = self(x, training=True)
            return self._without_penalties(
                super().compute_loss(x, y, y_pred, sample_weight)
            )

    def _without_penalties(self, total: Tensor) -> Tensor:
        """What of a loss depends on how the gates are drawn."""
        # Each replica has its share of a penalty in its loss.
        penalties = [self._aggregate_additional_loss(x) for x in self.losses]
        return ops.cast(total, "float32") - sum(
            ops.cast(x, "float32") for x in penalties
        )

    def _draws_otherwise(self, gates: list[Bernoulli]) -> bool:
        """Whether layers draw that are no gates, as Dropout."""
        drawing = [*gates, *layers_of(self)]
        own = {
            id(layer.seed_generator.state)
            for layer in (self, *drawing)
            if isinstance(layer, (GatedModel, Bernoulli, GateNoise))
        }
        known = {id(weight) for weight in self.weights} | own
        return any(id(variable) not in known for variable in self.variables)

    def _deal(self, gates: list[Bernoulli]) -> None:
        """Draws what the gates of the next step are made from."""
        for gate in gates:
            shape = tuple(gate.noise.shape)
            gate.noise.assign(uniform(shape, self.seed_generator))

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Saves what the next draw comes from."""
        super().save_own_variables(store)
        store[SEED] = ops.convert_to_numpy(self.seed_generator.state)

    def load_own_variables(self, store: dict[str, Any]) -> None:
        """Loads it; a file without it leaves it as it is."""
        super().load_own_variables(without_seed(store, self.seed_generator))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            **super().get_config(),
            "estimator": keras.saving.serialize_keras_object(self.estimator),
            "seed": self.seed,
        }


def bernoulli_gates(model: keras.Model) -> list[Bernoulli]:
    """The gates of a model and of the models in it, each once."""
    found = {id(x): x for x in layers_of(model) if isinstance(x, Bernoulli)}
    return list(found.values())
