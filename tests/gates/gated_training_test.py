"""Training of models whose gates an estimator trains."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.gates.gated import array, locations
from tests.programs import results_of
from tfprune.gates import Bernoulli, GatedModel
from tfprune.gates.estimators import ESTIMATORS
from tfprune.surgery import difference


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
    losses = [m.train_on_batch(x[:16], y[:16]) for m in (model, loaded)]
    # The last digit is up to how a backend shares out sums.
    np.testing.assert_array_max_ulp(*np.float32(losses), maxulp=2)
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
            model.compile(keras.optimizers.Adam(0.01), "mse")
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
