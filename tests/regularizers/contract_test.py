"""What every registered penalty keeps to, whichever they are."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.regularizers.members import array, objective
from tfprune import regularizers
from tfprune.regularizers import L1, PENALTIES, GroupLasso, Penalty, Sum

COMBINED = {
    "sum": lambda: Sum([L1(0.2), GroupLasso(0.3)]),
}
NAMES = (*regularizers.names(), *COMBINED)
SHAPES = ((6,), (5, 4), (3, 3, 2, 4), (2, 2, 2, 2, 3))


def penalty_of(name: str) -> Penalty:
    if name in COMBINED:
        return COMBINED[name]()
    penalty = PENALTIES.get(name)
    penalty.strength = 0.5
    return penalty


def weights_of(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Away from zero, where a penalty may have a kink."""
    generator = np.random.default_rng(seed)
    signs = generator.choice([-1, 1], shape)
    return (signs * generator.uniform(0.5, 1.5, shape)).astype("float32")


@pytest.mark.parametrize("name", NAMES)
def test_config_round_trip(name):
    penalty = penalty_of(name)
    assert isinstance(penalty, Penalty)
    config = keras.regularizers.serialize(penalty)
    assert config["registered_name"] == f"tfprune>{type(penalty).__name__}"
    copy = regularizers.get(config)
    assert type(copy) is type(penalty)
    assert copy.get_config() == penalty.get_config()


@pytest.mark.parametrize("name", NAMES)
def test_model_file_round_trip(name, tmp_path):
    layer = keras.layers.Dense(3, kernel_regularizer=penalty_of(name))
    model = keras.Sequential([keras.Input((4,)), layer])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    copy = loaded.layers[0].kernel.regularizer
    assert type(copy) is type(penalty_of(name))
    assert copy.get_config() == penalty_of(name).get_config()
    assert array(loaded.losses[0]) == array(model.losses[0])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("name", NAMES)
def test_computed_in_float32(name, dtype):
    weights = keras.Variable(weights_of((300, 4)), dtype=dtype)
    value = penalty_of(name)(weights)
    assert value.shape == ()
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    exact = penalty_of(name)(keras.ops.cast(weights, "float32"))
    assert array(value) == array(exact)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_finite_and_without_slope_at_zero(name, shape):
    zeros = tf.Variable(tf.zeros(shape))
    with tf.GradientTape() as tape:
        value = penalty_of(name)(zeros)
    assert value.numpy() == 0
    np.testing.assert_array_equal(tape.gradient(value, zeros), np.zeros(shape))


@pytest.mark.parametrize("size", [1e-30, 1e-20, 1e-12, 1e12])
@pytest.mark.parametrize("name", NAMES)
def test_finite_at_any_size(name, size):
    penalty = penalty_of(name)
    weights = weights_of((5, 4)) * np.float32(size)
    assert np.isfinite(array(penalty(weights)))
    slope = array(penalty.subgradient(weights))
    assert np.all(np.abs(slope) <= 0.5 * np.sqrt(weights.size))
    assert np.all(np.isfinite(array(penalty.proximal(weights, 0.1))))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_subgradient_is_what_differentiation_returns(name, shape):
    weights = tf.Variable(weights_of(shape))
    with tf.GradientTape() as tape:
        loss = penalty_of(name)(weights) * 3.0
    np.testing.assert_allclose(
        tape.gradient(loss, weights),
        3.0 * array(penalty_of(name).subgradient(weights.value())),
        rtol=1e-6,
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_subgradient_is_the_slope_of_the_value(name, shape):
    penalty = penalty_of(name)
    weights = weights_of(shape)
    direction = weights_of(shape, seed=1)
    width = 1e-2

    def value(distance: float) -> float:
        return float(penalty.value(weights + distance * direction))

    slope = np.sum(array(penalty.subgradient(weights)) * direction)
    measured = (value(width) - value(-width)) / (2 * width)
    np.testing.assert_allclose(measured, slope, rtol=2e-2, atol=2e-3)


@pytest.mark.parametrize("name", NAMES)
def test_no_step_changes_nothing(name):
    weights = weights_of((5, 4)) * np.float32([1e-30, 1e-3, 1, 1e3])
    unchanged = array(penalty_of(name).proximal(weights, 0.0))
    np.testing.assert_array_equal(unchanged, weights)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_proximal_is_the_least_point(name, shape):
    penalty, generator = penalty_of(name), np.random.default_rng(3)
    weights, step = weights_of(shape), 0.7
    point = array(penalty.proximal(weights, step))
    least = objective(penalty, point, weights, step)
    for size in (1.0, 0.1, 0.01):
        for _ in range(20):
            other = point + size * generator.normal(size=shape)
            other = other.astype("float32")
            assert least <= objective(penalty, other, weights, step) + 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_a_long_step_gives_zeros_without_a_sign(name):
    zeros = array(penalty_of(name).proximal(weights_of((5, 4)), 1e6))
    assert not np.any(zeros)
    assert not np.any(np.signbit(zeros))


@pytest.mark.parametrize("name", NAMES)
def test_what_the_proximal_operator_removes_is_not_alive(name):
    sizes = np.outer([0.01, 0.1, 1, 1, 1], [0.01, 0.1, 1, 1])
    weights = weights_of((5, 4)) * np.float32(sizes)
    point = array(penalty_of(name).proximal(weights, 0.3))
    alive = np.broadcast_to(array(penalty_of(name).alive(point)), (5, 4))
    assert not np.any(point[~alive])
    assert 0 < np.count_nonzero(alive) < alive.size
    assert np.all(array(penalty_of(name).alive(weights)))


@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_trains_with_its_subgradient(name, jit_compile):
    layer = keras.layers.Dense(3, kernel_regularizer=penalty_of(name))
    model = keras.Sequential([keras.Input((4,)), layer])
    before = layer.kernel.numpy()
    model.compile(
        keras.optimizers.SGD(0.1), loss="mse", jit_compile=jit_compile
    )
    # Inputs of zero: nothing but the penalty moves the kernel.
    model.fit(np.zeros((2, 4)), np.zeros((2, 3)), verbose=0)
    np.testing.assert_allclose(
        layer.kernel.numpy(),
        before - 0.1 * array(penalty_of(name).subgradient(before)),
        rtol=1e-5,
    )
