"""What every registered gate keeps to, whichever they are."""

import keras
import numpy as np
import pytest

from tests.gates.gated import (
    array,
    gated,
    locations,
    penalty_steps,
    place,
    shared_difference,
)
from tfprune.errors import InvalidInputError
from tfprune.gates import GATES, Gate

NAMES = GATES.names()
PLACES = np.array([-4, -2.5, -1, 0, 0.7, 2, 4], "float32")


def gate_of(registered: str, **settings) -> Gate:
    kind = type(GATES.get(registered))
    return kind(**{"seed": 1, **settings})


@pytest.mark.parametrize("name", NAMES)
def test_config_round_trip(name):
    gate = gate_of(
        name,
        penalty=1e-3,
        cost=7,
        axis=1,
        drop_rate=0.2,
        learning_rate_multiplier=10,
        per_example=True,
        trainable=False,
        dtype="mixed_float16",
        name="gate",
    )
    config = keras.layers.serialize(gate)
    assert config["registered_name"] == f"tfprune>{type(gate).__name__}"
    copy = keras.layers.deserialize(config)
    assert type(copy) is type(gate)
    assert copy.get_config() == gate.get_config()
    assert copy.get_config()["drop_rate"] == 0.2


@pytest.mark.parametrize("name", NAMES)
def test_model_file_round_trip(name, tmp_path):
    gate = gate_of(name, penalty=0.1, learning_rate_multiplier=10)
    model = gated(gate, 7)
    place(gate, PLACES)
    gate.penalty_scale.assign(0.25)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    copy = loaded.layers[-1]
    np.testing.assert_array_equal(copy.values(), gate.values())
    assert float(copy.penalty_scale) == 0.25
    assert float(loaded.losses[0]) == float(model.losses[0])


@pytest.mark.parametrize(
    ("shape", "axis"), [((7,), -1), ((4, 3, 7), 3), ((7, 4, 3), 1)]
)
@pytest.mark.parametrize("name", NAMES)
def test_inference_multiplies_each_channel_by_its_value(name, shape, axis):
    gate = gate_of(name, axis=axis)
    model = gated(gate, *shape)
    place(gate, PLACES)
    x = np.random.default_rng(0).normal(size=(5, *shape)).astype("float32")
    along = [1] * x.ndim
    along[axis] = 7
    expected = x * gate.values().reshape(along)
    np.testing.assert_array_equal(array(model(x)), expected)
    np.testing.assert_array_equal(gate.closed(), gate.values() == 0)
    assert gate.closed().any()
    assert (np.diff(gate.values()) >= 0).all()
    assert gate.values()[-1] > 0.9


@pytest.mark.parametrize("name", NAMES)
def test_probability_is_that_of_the_draws(name):
    gate = gate_of(name, per_example=True)
    model = gated(gate, 7)
    place(gate, PLACES)
    drawn = array(model(np.ones((200_000, 7), "float32"), training=True))
    expected = array(gate.open_probability(PLACES))
    # 0.005 are 4.5 standard errors at 1/2.
    np.testing.assert_allclose((drawn != 0).mean(0), expected, atol=5e-3)
    assert drawn.min() >= 0


@pytest.mark.parametrize("name", NAMES)
def test_one_draw_for_a_batch_or_one_for_each_example(name):
    ones = np.ones((50, 3, 7), "float32")
    for per_example in (False, True):
        gate = gate_of(name, per_example=per_example)
        model = gated(gate, 3, 7)
        drawn = array(model(ones, training=True))
        assert (drawn == drawn[:, :1]).all()
        assert (drawn == drawn[:1]).all() != per_example
        again = array(model(ones, training=True))
        assert (again != drawn).any()


@pytest.mark.parametrize("per_example", [True, False])
@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_calls_that_share_noise_draw_alike(name, jit_compile, per_example):
    gate = gate_of(name, per_example=per_example)
    assert shared_difference(gate, jit_compile) < 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_equal_seeds_draw_equal_gates(name):
    first, second, other = (
        array(
            gated(gate_of(name, seed=seed, per_example=True), 7)(
                np.ones((20, 7)), training=True
            )
        )
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_is_the_expected_cost(name):
    gate = gate_of(name, penalty=0.1, cost=3)
    model = gated(gate, 7)
    place(gate, PLACES)
    expected = 0.3 * array(gate.open_probability(PLACES)).sum()
    assert float(sum(model.losses)) == pytest.approx(expected)
    gate.penalty_scale.assign(0.5)
    assert float(sum(model.losses)) == pytest.approx(0.5 * expected)
    gate.trainable = False
    assert not model.losses


@pytest.mark.parametrize("name", NAMES)
def test_a_shared_gate_adds_its_loss_once(name):
    gate = gate_of(name, penalty=0.1)
    inputs = keras.Input((7,))
    model = keras.Model(inputs, gate(keras.ops.relu(gate(inputs))))
    once = float(sum(gated(gate, 7).losses))
    assert float(sum(model.losses)) == pytest.approx(once)
    model.compile("sgd", "mse")
    zeros = np.zeros((2, 7))
    assert model.evaluate(zeros, zeros, verbose=0) == pytest.approx(once)


@pytest.mark.parametrize("name", NAMES)
def test_slope_of_the_penalty(name):
    gate = gate_of(name, penalty=0.1, cost=3)
    moved = penalty_steps(gate, keras.optimizers.SGD(1.0), PLACES)
    width = 1e-2
    up, down = (
        array(gate.open_probability(PLACES + shift)).astype("float64")
        for shift in (width, -width)
    )
    slope = 0.3 * (up - down) / (2 * width)
    np.testing.assert_allclose(moved, -slope, atol=2e-5)
    assert (slope > 0).all()


@pytest.mark.parametrize(
    "optimizer", ["SGD", "Adam", "RMSprop", "Nadam", "Lion"]
)
@pytest.mark.parametrize("name", NAMES)
def test_the_multiplier_is_one_of_the_learning_rate(name, optimizer):
    def moved(multiplier: float, rate: float) -> np.ndarray:
        made = getattr(keras.optimizers, optimizer)(rate)
        gate = gate_of(name, penalty=0.5, learning_rate_multiplier=multiplier)
        return penalty_steps(gate, made, PLACES[2:6], steps=5)

    expected = moved(1, 0.05)
    np.testing.assert_allclose(moved(10, 0.005), expected, rtol=2e-3)
    assert np.abs(expected).min() > 1e-3


@pytest.mark.parametrize("multiplier", [1, 10])
@pytest.mark.parametrize("name", NAMES)
def test_locations_stay_in_range(name, multiplier):
    gate = gate_of(name, penalty=100, learning_rate_multiplier=multiplier)
    penalty_steps(gate, keras.optimizers.SGD(100.0), PLACES)
    np.testing.assert_allclose(locations(gate), np.log(0.01), rtol=1e-6)
    assert gate.closed().all()


@pytest.mark.parametrize("name", NAMES)
def test_the_start_is_the_drop_rate(name):
    gate = gate_of(name, drop_rate=0.2, learning_rate_multiplier=10)
    gated(gate, 2000)
    assert locations(gate).mean() == pytest.approx(np.log(4), abs=1e-3)
    assert locations(gate).std() == pytest.approx(0.01, rel=0.1)


@pytest.mark.parametrize("name", NAMES)
def test_a_frozen_gate_scales_alike_in_training(name):
    gate = gate_of(name, trainable=False)
    model = gated(gate, 7)
    place(gate, PLACES)
    trained = array(model(np.ones((2, 7)), training=True))
    np.testing.assert_array_equal(trained[0], gate.values())


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", NAMES)
def test_mixed_precision(name, dtype):
    gate = gate_of(name, dtype=dtype, penalty=0.1)
    model = gated(gate, 7)
    place(gate, PLACES)
    assert model.output.dtype == dtype.removeprefix("mixed_")
    assert gate.location.dtype == "float32"
    assert model.losses[0].dtype == "float32"
    whole = gate_of(name)
    gated(whole, 7)
    place(whole, PLACES)
    np.testing.assert_array_equal(gate.values(), whole.values())


@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_training_closes_what_is_not_needed(name, jit_compile):
    keras.utils.set_random_seed(0)
    gate = gate_of(name, penalty=0.02, learning_rate_multiplier=20)
    inputs = keras.Input((8,))
    outputs = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")(
        gate(inputs)
    )
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(0.01), "mse", jit_compile=jit_compile)
    x = np.random.default_rng(0).normal(size=(1024, 8))
    model.fit(x, x[:, :4].sum(1), batch_size=16, epochs=4, verbose=0)
    np.testing.assert_array_equal(gate.closed(), [False] * 4 + [True] * 4)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"penalty": -1}, "Expected penalty of"),
        ({"penalty": float("nan")}, "finite number >= 0, received nan"),
        ({"cost": "much"}, "received 'much'"),
        ({"drop_rate": 0}, "between 0 and 1, received 0"),
        ({"learning_rate_multiplier": 0}, "finite number > 0"),
        ({"axis": 1.5}, "Expected axis of .* a whole number, received 1.5"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_numbers_out_of_range_are_refused(name, settings, text):
    with pytest.raises(InvalidInputError, match=text):
        gate_of(name, **settings)


@pytest.mark.parametrize("name", NAMES)
def test_axes_that_hold_no_channels_are_refused(name):
    for axis, shape in ((0, (3,)), (2, (3,)), (1, (None, 3))):
        with pytest.raises(InvalidInputError, match="Expected axis of"):
            gate_of(name, axis=axis)(keras.Input(shape))
