"""Budgets in time, measured by closed forms of the layers' shapes."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.callbacks.controlled_training import (
    fit,
    momentum,
    network,
    penalized,
    widths,
)
from tfprune.allocation import Floor
from tfprune.callbacks import BudgetController
from tfprune.callbacks.latency_budget import HALVINGS, LatencyBudget
from tfprune.callbacks.live_channels import LiveChannels
from tfprune.errors import InvalidInputError
from tfprune.optimizers import Proximal


class Tiled:
    """Time of machines that multiply tiles of channels, and count calls."""

    def __init__(self, tile: int = 1) -> None:
        self.tile = tile
        self.calls = 0

    def __call__(self, model: keras.Model) -> float:
        self.calls += 1
        time = 0
        for layer in model.layers:
            if isinstance(layer, (layers.Conv2D, layers.Dense)):
                *kernel, read, made = layer.kernel.shape
                places = [*kernel, *layer.output.shape[1:-1]]
                tiles = (-(-x // self.tile) for x in (read, made))
                time += int(np.prod([*places, *tiles]))
        return 0.001 * time


@pytest.fixture(scope="module")
def channels() -> LiveChannels:
    return LiveChannels(tfprune.trace(penalized()), "macs", Floor(4))


@pytest.fixture(scope="module")
def keys(channels):
    generator = np.random.default_rng(0)
    return [generator.random(x.group.width) for x in channels.steered]


def pruned(channels, keep):
    mask = tfprune.KeepMask.from_labels(channels.graph, keep)
    return tfprune.remove_channels(channels.graph.model, mask)


@pytest.mark.parametrize("fraction", [0.7, 0.3])
@pytest.mark.parametrize("tile", [1, 8])
def test_the_channels_that_are_found_fill_the_budget(
    channels, keys, tile, fraction
):
    measure = Tiled(tile)
    macs = LatencyBudget(channels, measure, fraction).macs(keys)
    assert measure.calls <= 2 * (HALVINGS + 1)
    whole = measure(channels.graph.model)

    def share(part):
        return measure(pruned(channels, channels.chosen(keys, part))) / whole

    assert share(macs) <= fraction
    # It is nearly full, or a little more would be too much: time has steps.
    assert (
        share(macs) >= 0.98 * fraction
        or share(macs + 2 / 2**HALVINGS) > fraction
    )


def test_what_was_measured_is_not_measured_again(channels, keys):
    measure = Tiled()
    budget = LatencyBudget(channels, measure, 0.5)
    first = budget.macs(keys)
    calls = measure.calls
    assert budget.macs(keys) == first
    assert measure.calls == calls
    assert budget.settled_macs(keys) == first
    assert measure.calls == calls + 2


def test_a_second_measurement_that_disagrees_is_met(channels, keys):
    class Warm(Tiled):
        """What is not the whole model is slower from some time on."""

        slow_after = 10**9

        def __call__(self, model):
            slow = self.calls >= self.slow_after
            time = super().__call__(model)
            return time * (1.3 if slow and widths(model)[0] < 24 else 1.0)

    measure = Warm()
    budget = LatencyBudget(channels, measure, 0.5)
    before = budget.macs(keys)
    measure.slow_after = 0
    after = budget.settled_macs(keys)
    assert after < before
    keep = channels.chosen(keys, after)
    small = pruned(channels, keep)
    assert measure(small) / measure(channels.graph.model) <= 0.5
    assert budget.share(keep) <= 0.5


def test_models_are_timed_side_by_side_where_the_measure_can(channels, keys):
    class Both(Tiled):
        def share(self, whole, small):
            assert widths(whole) == [24, 32, 40]
            return super().__call__(small) / super().__call__(whole)

        def __call__(self, model):
            raise AssertionError

    macs = LatencyBudget(channels, Both(), 0.5).macs(keys)
    assert macs == LatencyBudget(channels, Tiled(), 0.5).macs(keys)


def test_a_budget_below_the_floor_names_the_lowest(channels, keys):
    measure = Tiled()
    whole = 64 * 9 * (24 + 24 * 32) + 16 * 9 * 32 * 40 + 400
    floor = 64 * 9 * (4 + 4 * 4) + 16 * 9 * 4 * 4 + 40
    with pytest.raises(
        InvalidInputError, match=f"latency of at least {floor / whole:.3f}"
    ) as caught:
        LatencyBudget(channels, measure, 0.001).check(keys)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [float("nan"), 0.0, -1.0, "fast", None])
def test_what_is_no_time_is_refused(channels, keys, wrong):
    budget = LatencyBudget(channels, lambda model: wrong, 0.5)
    with pytest.raises(InvalidInputError, match="milliseconds above 0. Rec"):
        budget.macs(keys)


def test_training_meets_a_budget_in_time(capsys):
    measure = Tiled(8)
    model = penalized()
    controller = BudgetController(
        latency=0.4, measure=measure, round_to=8, reach=0.6, min_channels=8
    )
    history = fit(
        model, controller, optimizer=Proximal(momentum()), epochs=3
    ).history
    small = tfprune.strip(model)
    share = measure(small) / measure(network())
    assert 0.25 <= share <= 0.4
    assert history["open_latency"][-1] == pytest.approx(share)
    assert history["open_macs"][-1] < 0.4
    assert all(x % 8 == 0 for x in widths(small))
    said = capsys.readouterr().out
    assert f"{share:.1%} of the latency, " in said


def test_a_floor_that_is_too_slow_is_refused_before_training():
    model = penalized()
    controller = BudgetController(latency=0.01, measure=Tiled())
    with pytest.raises(InvalidInputError, match="Received: latency=0.01"):
        fit(model, controller, optimizer=Proximal(momentum()))
    assert int(model.optimizer.iterations) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        {"latency": 0.5},
        {"macs": 0.5, "measure": Tiled()},
        {"latency": 0.5, "measure": 3.0},
    ],
)
def test_a_budget_in_time_needs_a_measure(arguments):
    with pytest.raises(InvalidInputError, match="latency together with meas"):
        BudgetController(**arguments)
