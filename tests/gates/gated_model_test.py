"""Models whose gates an estimator trains, against all states of the gates."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import tfprune
from tests.gates.gated import array, locations, place
from tests.programs import results_of
from tfprune.errors import InvalidInputError
from tfprune.gates import Bernoulli, GatedModel, GateNoise, HardConcrete
from tfprune.gates.estimators import ESTIMATORS, Concrete, Rebar, Reinforce
from tfprune.surgery import difference

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


def useful_half(estimator, **settings) -> tuple[GatedModel, Bernoulli]:
    keras.utils.set_random_seed(0)
    gate = Bernoulli(
        0.05,
        drop_rate=0.2,
        learning_rate_multiplier=20,
        **settings,
    )
    inputs = keras.Input((8,))
    dense = layers.Dense(1, use_bias=False, kernel_initializer="ones")
    outputs = dense(gate(inputs))
    return GatedModel(inputs, outputs, estimator=estimator, seed=0), gate


@pytest.mark.parametrize(
    ("name", "jit_compile"),
    # Under JAX all are compiled.
    [*((x, False) for x in ESTIMATORS.names()), ("arm", True), ("rebar", True)],
)
def test_training_closes_what_is_not_needed(name, jit_compile, tmp_path):
    model, gate = useful_half(name)
    model.compile(keras.optimizers.Adam(0.01), "mse", jit_compile=jit_compile)
    x = np.random.default_rng(0).normal(size=(1024, 8))
    y = x[:, :4].sum(1)
    model.fit(x, y, batch_size=16, epochs=6, verbose=0)
    assert not gate.closed()[:4].any()
    assert gate.closed()[4:].sum() >= 3
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, GatedModel)
    assert loaded.estimator.get_config() == model.estimator.get_config()
    for one, other in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(array(one), array(other))
    for _ in range(3):
        losses = [m.train_on_batch(x[:16], y[:16]) for m in (model, loaded)]
        # The last digits are up to how a backend shares out sums.
        assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    small = tfprune.strip(model, data=x[:32])
    assert not isinstance(small, GatedModel)
    assert difference(model, small).relative < 1e-6


@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_interrupted_training_goes_on_as_if_it_were_not(name, tmp_path):
    x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    ends = []
    for interruptions in ((4,), (2, 4)):
        for epochs in interruptions:
            model, _ = useful_half(name)
            # Uncompiled, REBAR's runs differ now and then, interrupted or not.
            adam = keras.optimizers.Adam(0.01)
            model.compile(adam, "mse", jit_compile=True)
            backup = keras.callbacks.BackupAndRestore(
                tmp_path / str(len(interruptions)), delete_checkpoint=False
            )
            model.fit(
                *(x, x[:, :4].sum(1)),
                batch_size=16,
                epochs=epochs,
                shuffle=False,
                callbacks=[backup],
                verbose=0,
            )
        ends.append(np.concatenate([w.ravel() for w in model.get_weights()]))
    np.testing.assert_allclose(*ends, rtol=1e-5, atol=1e-6)


def test_replicas_train_as_one_device():
    for name, found in results_of("tests.gates.replicas_program").items():
        assert found["moved"] > 0.1, name
        assert found["apart"] < 1e-5, name


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_mixed_precision(name, dtype):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        model, gate = useful_half(name)
    finally:
        keras.config.set_dtype_policy(before)
    model.compile(keras.optimizers.Adam(0.01), "mse")
    x = np.random.default_rng(0).normal(size=(256, 8))
    model.fit(x, x[:, :4].sum(1), batch_size=16, epochs=2, verbose=0)
    moved = locations(gate) - np.log(4)
    assert np.abs(moved).max() > 0.5
    for variable in model.estimator.variables:
        assert np.isfinite(array(variable)).all()
        assert variable.dtype == "float32"
    assert all(np.abs(x).max() < 10 for x in model.get_weights())


def test_a_frozen_gate_is_left_alone():
    model, gate = useful_half("arm", trainable=False)
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 8)), np.ones(4), verbose=0)
    assert locations(gate) == pytest.approx(np.log(4), abs=0.1)


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
