"""Models whose gates an estimator trains, against all states of the gates."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import tfprune
from tests.gates.gated import array, locations, place
from tfprune.errors import InvalidInputError
from tfprune.gates import Bernoulli, GatedModel, GateNoise, HardConcrete
from tfprune.gates.estimators import ESTIMATORS, Concrete, Rebar, Reinforce

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = np.random.default_rng(1).normal(size=(16, 2)).astype("float32")
FIRST, SECOND = np.array([0.4, -1.0]), np.array([1.2, 0.0, -0.3])
MEMBERS = [
    *ESTIMATORS.names(),
    pytest.param(Reinforce(momentum=None), id="reinforce, no baseline"),
    pytest.param(Rebar(0.8, 0.5, trainable=False), id="rebar, set"),
]


def small_model(estimator, drop: float = 0.0, penalty: float = 0.0, **kwargs):
    """Two gates of 2 and 3 channels; the second is called twice."""
    keras.utils.set_random_seed(2)
    first = Bernoulli(penalty, learning_rate_multiplier=3, seed=0, name="first")
    second = Bernoulli(penalty, seed=1, name="second")
    inputs = keras.Input((3,))
    x = first(layers.Dense(2, "tanh", name="a")(inputs))
    if drop:
        x = layers.Dropout(drop, seed=4)(x)
    x = second(layers.Dense(3, "tanh", name="b")(x))
    y = second(layers.Dense(3, use_bias=False, name="c")(x))
    outputs = layers.Dense(2, name="d")(y)
    model = GatedModel(inputs, outputs, estimator=estimator, seed=3, **kwargs)
    place(first, FIRST)
    place(second, SECOND)
    return model


def of_state(model: keras.Model, state: np.ndarray) -> dict[str, np.ndarray]:
    """The loss, and its slopes by the weights, at given gates."""
    a, b, c, d = (model.get_layer(x) for x in "abcd")
    weights = [*a.weights, *b.weights, *c.weights, *d.weights]
    first, second = state[:2], state[2:]
    with tf.GradientTape() as tape:
        x = tf.tanh(X @ a.kernel.value + a.bias.value) * first
        x = tf.tanh(x @ b.kernel.value + b.bias.value) * second
        x = (x @ c.kernel.value) * second
        error = x @ d.kernel.value + d.bias.value - Y
        loss = tf.reduce_mean(error**2)
    slopes = tape.gradient(loss, [x.value for x in weights])
    return {"loss": loss.numpy(), "slopes": [x.numpy() for x in slopes]}


def enumerated(model: keras.Model) -> tuple[np.ndarray, list[np.ndarray]]:
    """The slopes of the expected loss by locations and by weights."""
    places = np.concatenate([FIRST, SECOND])
    shares = 1 / (1 + np.exp(-places))
    by_location, by_weights = np.zeros(5), None
    for bits in itertools.product((0, 1), repeat=5):
        state = np.array(bits, "float32")
        chance = np.prod(np.where(state == 1, shares, 1 - shares))
        found = of_state(model, state)
        by_location += chance * found["loss"] * (state - shares)
        each = [chance * x for x in found["slopes"]]
        by_weights = (
            each
            if by_weights is None
            else [x + y for x, y in zip(by_weights, each, strict=True)]
        )
    return by_location, by_weights


def estimates(model: keras.Model, draws: int) -> tuple[np.ndarray, ...]:
    """The slopes of many steps: by the locations, and by the other weights."""
    gates = [model.get_layer(x) for x in ("first", "second")]
    rest = [w for x in "abcd" for w in model.get_layer(x).weights]
    watched = [x.location.value for x in gates] + [x.value for x in rest]

    @tf.function
    def steps():
        found = tf.TensorArray("float32", draws)
        for index in tf.range(draws):
            with tf.GradientTape() as tape:
                predicted = model(X, training=True)
                loss = model.compute_loss(X, Y, predicted)
            slopes = tape.gradient(loss, watched)
            flat = [tf.reshape(x, (-1,)) for x in slopes]
            found = found.write(index, tf.concat(flat, 0))
        return found.stack()

    every = steps().numpy().astype("float64")
    return every[:, :5], every[:, 5:]


@pytest.mark.parametrize("estimator", MEMBERS)
def test_slopes_are_those_of_the_expected_loss(estimator):
    # Slopes by weights are those of the draw, by locations the estimate's.
    model = small_model(estimator)
    model.compile("sgd", "mse")
    by_location, by_weights = enumerated(model)
    draws = 4000
    found, others = estimates(model, draws)
    error = found.std(axis=0) / np.sqrt(draws)
    apart = np.abs(found.mean(axis=0) - by_location) / error
    # That any of 35 numbers exceeds 4.5 by chance is 1 in 4,000.
    if model.estimator.name.startswith("concrete"):
        assert apart.max() > 6
    else:
        assert apart.max() < 4.5
    expected = np.concatenate([x.ravel() for x in by_weights])
    error = others.std(axis=0) / np.sqrt(draws)
    assert (np.abs(others.mean(axis=0) - expected) <= 4.5 * error).all()
    assert np.abs(by_location).max() > 10 * error.min()


@pytest.mark.parametrize("name", ["arm", "rebar"])
def test_dropout_is_alike_in_all_evaluations(name):
    estimator = Watched() if name == "arm" else Rebar(trainable=False)
    model = small_model(estimator, drop=0.5)
    model.compile("sgd", "mse")
    found, _ = estimates(model, 50)
    assert np.isfinite(found).all()
    if name == "arm":
        assert array(estimator.apart).max() == 0


class Watched(type(ESTIMATORS.get("arm"))):
    """Evaluates the same gates twice, and remembers how far that is."""

    def build(self, shape):
        self.apart = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="apart"
        )

    def objective(self, loss, location, noise, value):
        gates = tfprune.gates.estimators.drawn(location, noise)
        now = keras.ops.max(keras.ops.abs(loss(gates) - value))
        self.apart.assign(keras.ops.maximum(self.apart, now))
        return super().objective(loss, location, noise, value)


def test_a_known_loss_is_that_of_the_draw():
    estimator = Watched()
    model = small_model(estimator, penalty=0.1)
    model.compile("sgd", "mse")
    estimates(model, 50)
    assert array(estimator.apart) < 1e-5


def normalized(estimator) -> GatedModel:
    inputs = keras.Input((3,))
    x = layers.BatchNormalization(momentum=0.5)(layers.Dense(4)(inputs))
    return GatedModel(
        inputs, layers.Dense(2)(Bernoulli(seed=0)(x)), estimator=estimator
    )


def test_other_evaluations_change_nothing_but_the_slopes():
    averages = []
    for name in ("reinforce", "rebar"):
        keras.utils.set_random_seed(0)
        model = normalized(name)
        model.compile(keras.optimizers.SGD(0.0), "mse", metrics=["mae"])
        found = model.fit(X, Y, batch_size=8, verbose=0).history
        averages.append([array(x) for x in model.layers[2].weights])
        assert {"loss", "mae"} == set(found)
        for gate in model.layers:
            if isinstance(gate, Bernoulli):
                assert (array(gate.held) == -1).all()
                assert (array(gate.noise) >= 0).all()
    for one, other in zip(*averages, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_the_reported_loss_is_that_of_the_draw_with_penalties():
    model = small_model("relax", penalty=0.1)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    shares = 1 / (1 + np.exp(-np.concatenate([FIRST, SECOND])))
    for _ in range(3):
        noise = np.concatenate(
            [array(model.get_layer(x).noise) for x in ("first", "second")]
        )
        state = (noise > 1 - shares).astype("float32")
        expected = of_state(model, state)["loss"] + 0.1 * shares.sum()
        found = model.train_on_batch(X, Y)
        assert float(found) == pytest.approx(expected, rel=1e-5)


def test_gates_of_a_nested_model_and_noise_that_is_given():
    inner_inputs = keras.Input((4,))
    gate = Bernoulli(seed=0, name="inner")
    noise = GateNoise(4, seed=0)(inner_inputs)
    inner = keras.Model(
        inner_inputs, gate(inner_inputs, noise) + gate(inner_inputs, noise)
    )
    inputs = keras.Input((4,))
    model = GatedModel(inputs, layers.Dense(2)(inner(inputs)))
    model.compile(keras.optimizers.SGD(0.5), "mse")
    before = locations(gate)
    model.fit(np.ones((32, 4)), np.ones((32, 2)), batch_size=4, verbose=0)
    assert (locations(gate) != before).all()


def test_a_model_without_such_gates_is_a_plain_one():
    inputs = keras.Input((4,))
    model = GatedModel(inputs, HardConcrete()(inputs), name="plain")
    assert not isinstance(model, GatedModel)
    assert model.name == "plain"


def test_gates_for_each_example_are_refused():
    inputs = keras.Input((4,))
    outputs = Bernoulli(per_example=True, name="each")(inputs)
    with pytest.raises(InvalidInputError, match="Give per_example=False"):
        GatedModel(inputs, outputs)


def test_an_estimator_object_is_kept_with_its_settings():
    model = small_model(Concrete(temperature=0.3))
    copy = GatedModel.from_config(model.get_config())
    assert copy.estimator.temperature == 0.3
    assert copy.seed == 3
