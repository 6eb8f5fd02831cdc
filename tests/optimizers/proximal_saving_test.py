"""Proximal in configs and files."""

import keras
import numpy as np
import pytest

from tests.optimizers.least_squares import fit, linear_model, matrix, update
from tfprune.optimizers import Proximal


def proximal() -> Proximal:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    return Proximal(keras.optimizers.SGD(schedule, momentum=0.9), name="ista")


def test_config_round_trip():
    optimizer = proximal()
    config = keras.optimizers.serialize(optimizer)
    assert config["registered_name"] == "tfprune>Proximal"
    copy = keras.optimizers.deserialize(config)
    assert isinstance(copy, Proximal)
    assert isinstance(copy.inner_optimizer, keras.optimizers.SGD)
    assert copy.name == "ista"
    assert copy.get_config() == optimizer.get_config()


@pytest.mark.parametrize("scaled", [False, True])
def test_training_goes_on_from_a_file(tmp_path, scaled):
    def wrapped():
        if scaled:
            return keras.optimizers.LossScaleOptimizer(proximal())
        return proximal()

    whole = linear_model(wrapped())
    update(whole, 10)

    half = linear_model(wrapped())
    update(half, 5)
    half.save(tmp_path / "half.keras")
    resumed = keras.saving.load_model(tmp_path / "half.keras")
    assert type(resumed.optimizer) is type(wrapped())
    assert int(resumed.optimizer.iterations) == 5
    update(resumed, 5)
    np.testing.assert_allclose(matrix(resumed), matrix(whole), rtol=1e-6)
    assert int(resumed.optimizer.iterations) == 10


def test_slots_are_in_the_file_once(tmp_path):
    def size(optimizer):
        model = keras.Sequential([keras.Input((300,)), keras.layers.Dense(300)])
        model.compile(optimizer, loss="mse")
        path = tmp_path / "model.keras"
        model.save(path)
        return path.stat().st_size

    plain = size(keras.optimizers.SGD(0.1, momentum=0.9))
    assert size(Proximal(keras.optimizers.SGD(0.1, momentum=0.9))) < (
        plain + 0.2 * 4 * 300 * 300
    )


def test_the_scale_of_penalties_is_in_the_file(tmp_path):
    def scaled():
        model = linear_model(proximal())
        model.optimizer.penalty_scale.assign(0.25)
        return model

    whole = scaled()
    update(whole, 10)

    half = scaled()
    update(half, 5)
    half.save(tmp_path / "half.keras")
    resumed = keras.saving.load_model(tmp_path / "half.keras")
    assert float(resumed.optimizer.penalty_scale) == 0.25
    update(resumed, 5)
    np.testing.assert_allclose(matrix(resumed), matrix(whole), rtol=1e-6)


def test_a_backup_restores_the_scale_of_penalties(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    def callbacks():
        return [keras.callbacks.BackupAndRestore(tmp_path / "backup")]

    first = linear_model(proximal())
    first.optimizer.penalty_scale.assign(0.25)
    with pytest.raises(KeyboardInterrupt):
        fit(first, 4, callbacks=[*callbacks(), Stop()])
    second = linear_model(proximal())
    fit(second, 4, callbacks=callbacks())
    assert float(second.optimizer.penalty_scale) == 0.25
    assert int(second.optimizer.iterations) == 4


def test_state_is_the_scale_and_that_of_the_inner_optimizer():
    model = linear_model(proximal())
    update(model, 1)
    optimizer = model.optimizer
    assert optimizer.variables == [
        optimizer.penalty_scale,
        *optimizer.inner_optimizer.variables,
    ]
    assert optimizer.iterations is optimizer.inner_optimizer.iterations
