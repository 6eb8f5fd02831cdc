"""Times trace and removal against a plain copy of the same model."""

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

import keras

import tfprune

LEAST_ROUNDS = 3


def clone(model: keras.Model) -> keras.Model:
    """The copy that everything is compared with: Keras' own."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def seconds_of(run: Callable[[], Any]) -> float:
    """Seconds of one call; garbage of earlier ones is collected before."""
    gc.collect()
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def timed_turns(
    model: keras.Model, keep: tfprune.KeepMask, rounds: int, budget: float
) -> dict[str, Any]:
    """Times the ways to build a model anew, one of each in turn.

    Args:
        model: A traceable model.
        keep: The channels that stay.
        rounds: Turns to take.
        budget: Seconds after which no more than three turns are taken.

    Returns:
        Median seconds, and the ratio of trace and removal to the copy: the
        median and the range over the turns.
    """
    ways: dict[str, Callable[[], Any]] = {
        "trace": lambda: tfprune.trace(model),
        "trace_and_removal": lambda: tfprune.remove_channels(model, keep),
        "clone": lambda: clone(model),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    start = time.perf_counter()
    while len(times["clone"]) < rounds:
        for name, run in ways.items():
            times[name].append(seconds_of(run))
        late = time.perf_counter() - start > budget
        if late and len(times["clone"]) >= LEAST_ROUNDS:
            break
    ratios = [
        both / copy
        for both, copy in zip(
            times["trace_and_removal"], times["clone"], strict=True
        )
    ]
    medians = {name: statistics.median(x) for name, x in times.items()}
    return {
        "trace_seconds": medians["trace"],
        "removal_seconds": medians["trace_and_removal"] - medians["trace"],
        "clone_seconds": medians["clone"],
        "ratio": statistics.median(ratios),
        "ratio_range": [min(ratios), max(ratios)],
        "rounds": len(ratios),
    }
