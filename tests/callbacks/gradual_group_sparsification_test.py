"""Groups go one after the other, for good, and the strong ones stay."""

import keras
import numpy as np
import pytest

import tfprune
from tests.callbacks.gradual_training import (
    ROWS,
    UPDATES,
    compiled,
    fit,
    gradual,
    zero_rows,
)
from tests.programs import results_of
from tfprune.callbacks import GradualGroupSparsification
from tfprune.errors import InvalidInputError
from tfprune.optimizers import Proximal
from tfprune.regularizers import L1, GroupLasso, Sum


class Watch(keras.callbacks.Callback):
    """Notes which rows are zero after every update."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(zero_rows(self.model))


@pytest.mark.parametrize("jit_compile", [True, False])
def test_zeros_follow_the_schedule_and_stay(jit_compile):
    watch = Watch()
    model = compiled(jit_compile=jit_compile)
    fit(model, epochs=6, callbacks=[gradual(frequency=4), watch])
    seen = np.array(watch.seen)
    assert np.all(seen[1:] >= seen[:-1])
    counts = seen.sum(axis=1)
    for updates in range(4, 4 * UPDATES + 1, 4):
        expected = round(0.75 * updates / (4 * UPDATES) * ROWS)
        assert counts[updates - 1] == expected
    assert np.all(counts[4 * UPDATES :] == 15)
    # The inputs that matter are those that come last.
    np.testing.assert_array_equal(np.flatnonzero(~seen[-1]), range(15, ROWS))


def test_what_is_left_trains_on():
    model = fit(compiled(), epochs=4)
    before = np.array(model.get_layer("dense").kernel)
    after = np.array(fit(model, epochs=1).get_layer("dense").kernel)
    left = ~zero_rows(model)
    assert np.all(before[left] != after[left])
    assert not before[~left].any() and not after[~left].any()


def test_training_goes_on_from_a_file(tmp_path):
    whole = fit(compiled(), epochs=4)
    fit(compiled(), epochs=2).save(tmp_path / "half.keras")
    half = keras.saving.load_model(tmp_path / "half.keras")
    assert 0 < np.count_nonzero(zero_rows(half)) < 15
    resumed = fit(half, epochs=2)
    np.testing.assert_allclose(
        np.array(resumed.get_layer("dense").kernel),
        np.array(whole.get_layer("dense").kernel),
        rtol=1e-5,
    )


def test_jax_without_tensorflow():
    results = results_of("tests.callbacks.gradual_program", KERAS_BACKEND="jax")
    assert 0 < sum(results["halfway"]) < 15
    np.testing.assert_array_equal(
        np.flatnonzero(np.logical_not(results["end"])), range(15, ROWS)
    )


def test_a_rise_that_is_fast_at_first():
    cubic = gradual(power=3.0)
    assert cubic.target(0) == 0
    assert cubic.target(2 * UPDATES) == pytest.approx(0.75 * (1 - 0.5**3))
    assert cubic.target(9 * UPDATES) == 0.75
    late = GradualGroupSparsification(0.8, begin=10, end=20)
    assert [late.target(x) for x in (5, 10, 15, 25)] == [
        0,
        0,
        pytest.approx(0.4),
        0.8,
    ]


def test_one_group_stays():
    model = fit(compiled(), epochs=5, callbacks=[gradual(sparsity=1.0)])
    assert np.count_nonzero(zero_rows(model)) == ROWS - 1


def test_every_term_of_a_sum_has_its_groups():
    penalty = Sum([L1(0.0), GroupLasso(0.0, "shape"), GroupLasso(0.0)])
    callbacks = [gradual(sparsity=0.6)]
    model = fit(compiled(penalty), epochs=5, callbacks=callbacks)
    kernel = np.array(model.get_layer("dense").kernel)
    assert np.count_nonzero(~np.any(kernel, axis=1)) == 12
    assert np.count_nonzero(~np.any(kernel, axis=0)) == 2


def test_channels_that_span_variables_go_as_a_whole():
    inputs = keras.Input((ROWS,))
    x = keras.layers.Dense(6, name="left")(inputs)
    y = keras.layers.Dense(6, name="dense")(inputs)
    x = keras.layers.Dense(3, name="out")(keras.layers.Add()([x, y]))
    model = tfprune.penalize_groups(keras.Model(inputs, x), strength=0.0)
    sgd = keras.optimizers.SGD(0.01)
    model.compile(Proximal(sgd, fix_zeros=True), "mse")
    fit(model, epochs=5, callbacks=[gradual(sparsity=0.5)])
    assert tfprune.dead_channels(model).dead == {"left": 3, "dense": 3}
    assert tfprune.strip(model).get_layer("left").units == 3


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: compiled(fix_zeros=False), "Proximal.optimizer, fix_zeros=T"),
        (lambda: compiled(L1(0.1)), "carries a penalty on groups. Give layers"),
    ],
)
def test_training_in_which_nothing_would_come_of_it_is_refused(make, text):
    with pytest.raises(InvalidInputError, match=text):
        fit(make(), epochs=1)


def test_norms_that_are_no_numbers_are_refused():
    model = compiled()
    model.get_layer("dense").kernel.assign(np.full((ROWS, 3), np.nan))
    with pytest.raises(
        InvalidInputError, match="'.*kernel' .* NaN or .* epoch 1:"
    ):
        fit(model, epochs=1)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"sparsity": 1.2, "end": 9}, "from 0 to 1. Received: sparsity=1.2"),
        ({"sparsity": 0.5, "end": 0}, "begin < end.* end=0"),
        ({"sparsity": 0.5, "end": 9, "frequency": 0}, "frequency=0"),
        ({"sparsity": 0.5, "end": 9, "power": 0}, "power=0"),
        ({"sparsity": "a", "end": 9}, "from 0 to 1. Received: sparsity='a'"),
        ({"sparsity": 0.5, "end": "x"}, "end='x'"),
        ({"sparsity": 0.5, "end": 9, "frequency": 2.5}, "frequency=2.5"),
    ],
)
def test_unfit_arguments(arguments, text):
    with pytest.raises(InvalidInputError, match=text):
        GradualGroupSparsification(**arguments)
