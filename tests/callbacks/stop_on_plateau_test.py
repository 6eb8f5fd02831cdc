"""Training ends once all monitored numbers rest, and not before."""

import keras
import numpy as np
import pytest

from tfprune.callbacks import StopOnPlateau
from tfprune.errors import InvalidInputError


class Report(keras.callbacks.Callback):
    """Puts given numbers into the logs."""

    def __init__(self, **series):
        super().__init__()
        self.series = series

    def on_epoch_end(self, epoch, logs=None):
        for name, values in self.series.items():
            logs[name] = values[min(epoch, len(values) - 1)]


def epochs(stop, **series):
    """How many epochs a model trains for while numbers go as given."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    return len(
        model.fit(
            np.ones((2, 1)),
            np.ones((2, 1)),
            epochs=12,
            verbose=0,
            callbacks=[Report(**series), stop],
        ).epoch
    )


def test_it_waits_for_the_last_number_to_rest():
    stop = StopOnPlateau(("one", "two"), patience=2, tolerance=0.1)
    one, two = [5.0, 1.0], [4.0, 3.0, 2.0, 1.0, 0.5]
    assert epochs(stop, one=one, two=[7.0]) == 4
    assert epochs(stop, one=one, two=two) == 7


def test_numbers_may_move_within_the_tolerance():
    moving = [1.0, 1.05] * 6
    wide = StopOnPlateau(("one",), patience=3, tolerance=0.1)
    narrow = StopOnPlateau(("one",), patience=3, tolerance=0.01)
    assert epochs(wide, one=moving) == 4
    assert epochs(narrow, one=moving) == 12


def test_a_slow_fall_is_no_rest():
    falling = [0.96**epoch for epoch in range(12)]
    stop = StopOnPlateau(("one",), patience=3, tolerance=0.1)
    assert epochs(stop, one=falling) == 12


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_ends_training(value, capsys):
    stop = StopOnPlateau(("one",), patience=5)
    assert epochs(stop, one=[1.0, 1.0, value]) == 3
    said = capsys.readouterr().out
    assert said == f"Training stops after epoch 3: one is {value}.\n"


def test_a_monitor_with_several_numbers_is_named():
    scores = [np.array([0.5, 0.7])]
    with pytest.raises(InvalidInputError, match="'one' to be one number"):
        epochs(StopOnPlateau(("one",)), one=scores)


def test_zero_rests():
    assert epochs(StopOnPlateau(("one",), patience=1), one=[0.0]) == 2


def test_a_monitor_that_is_missing_is_named():
    with pytest.raises(InvalidInputError, match="'live_macs' in the logs"):
        epochs(StopOnPlateau(), one=[1.0])


@pytest.mark.parametrize(
    "arguments",
    [
        {"patience": 0},
        {"patience": 1.5},
        {"tolerance": -1},
        {"tolerance": "x"},
        {"monitors": "loss"},
        {"monitors": []},
        {"monitors": 3},
    ],
)
def test_wrong_arguments_are_refused(arguments):
    with pytest.raises(InvalidInputError, match=next(iter(arguments))):
        StopOnPlateau(**arguments)
