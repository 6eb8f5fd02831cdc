"""How far optimizers go along a gradient that stays."""

import keras
import numpy as np
import pytest

from tfprune.optimizers.inner import steady_step

optimizers = keras.optimizers


def last_move(optimizer: keras.optimizers.Optimizer) -> float:
    """How far the last of many updates along one gradient goes."""
    variable = keras.Variable(np.zeros((2, 2), "float32"))
    gradient = keras.ops.convert_to_tensor(np.diag([1.0, 1.0]), "float32")
    for _ in range(150):
        before = np.array(variable)
        optimizer.apply([gradient], [variable])
    return float(np.abs(np.array(variable) - before).max())


@pytest.mark.parametrize(
    "make",
    [
        lambda: optimizers.SGD(0.1),
        lambda: optimizers.SGD(0.1, momentum=0.9),
        lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        lambda: optimizers.RMSprop(0.1),
        lambda: optimizers.RMSprop(0.1, momentum=0.8),
        lambda: optimizers.Adam(0.1),
        lambda: optimizers.Nadam(0.1),
        lambda: optimizers.Lion(0.1),
    ],
)
def test_it_is_the_update_that_a_steady_gradient_makes(make):
    optimizer = make()
    moved = last_move(optimizer)
    assert float(steady_step(optimizer)) == pytest.approx(moved, rel=0.02)


def test_the_momentum_of_muon_only_gives_a_direction():
    optimizer = optimizers.Muon(0.1, weight_decay=None, rms_rate=None)
    moved = last_move(optimizer)
    assert moved / 2 < float(steady_step(optimizer)) < 2 * moved
