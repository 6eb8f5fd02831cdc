"""What tfprune adds: to a training step, and to building a model anew.

The steps with and without the penalty are interleaved, block by block, on the
same data; reported is the ratio of their medians. Trace and removal of
ResNet-50 are timed against `clone_model` and `set_weights` of the same model.

    python benchmarks/overhead.py
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from absl import app, flags
from result_file import write_result

import tfprune
from tfprune import models
from tfprune.optimizers import Proximal
from tfprune.regularizers import L1, GroupLasso
from tfprune.surgery import remove_channels
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "output", "benchmarks/results/overhead.json", "JSON file of the figures."
)
flags.DEFINE_integer("rounds", 30, "Timed blocks of each variant.")
flags.DEFINE_integer("steps", 20, "Training steps in a block.")
flags.DEFINE_integer("rebuilds", 7, "Timed copies of ResNet-50 each way.")

PENALTIES = {
    "L1 on scales": {"gamma_regularizer": L1(1e-3)},
    "GroupLasso on kernels": {"kernel_regularizer": GroupLasso(1e-4)},
}


def compiled(**penalty: keras.Regularizer) -> keras.Model:
    model = models.get("resnet_20")(input_shape=(32, 32, 3), **penalty)
    sgd = keras.optimizers.SGD(0.01, momentum=0.9)
    model.compile(
        Proximal(sgd) if penalty else sgd,
        "sparse_categorical_crossentropy",
        jit_compile=False,
    )
    return model


def interleaved(
    variants: dict[str, Callable[[], Any]], rounds: int
) -> dict[str, list[float]]:
    """Seconds of each variant, one run of each in turn."""
    times: dict[str, list[float]] = {name: [] for name in variants}
    for run in variants.values():
        run()
    for _ in range(rounds):
        for name, run in variants.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return times


def training(rounds: int, steps: int) -> dict[str, Any]:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(64 * steps, 32, 32, 3)).astype("float32")
    y = generator.integers(0, 10, 64 * steps)
    candidates = {"plain": compiled()}
    for name, penalty in PENALTIES.items():
        candidates[name] = compiled(**penalty)
    times = interleaved(
        {
            name: lambda model=model: model.fit(
                x, y, batch_size=64, verbose=0, shuffle=False
            )
            for name, model in candidates.items()
        },
        rounds,
    )
    return summary(times, "plain")


def rebuilding(rounds: int) -> dict[str, Any]:
    model = keras.applications.ResNet50(weights=None)
    keep = tfprune.keep_mask(model, criterion="random", sparsity=0.5)

    def clone() -> keras.Model:
        copy = keras.models.clone_model(model)
        copy.set_weights(model.get_weights())
        return copy

    times = interleaved(
        {
            "clone_model + set_weights": clone,
            "trace + removal": lambda: remove_channels(model, keep),
        },
        rounds,
    )
    return summary(times, "clone_model + set_weights")


def summary(times: dict[str, list[float]], baseline: str) -> dict[str, Any]:
    """Medians in milliseconds, and the ratios of each turn to the baseline."""
    found = {}
    for name, values in times.items():
        turns = [a / b for a, b in zip(values, times[baseline], strict=True)]
        low, middle, high = statistics.quantiles(turns, n=4)
        found[name] = {
            "median_ms": 1000 * statistics.median(values),
            "ratio": middle,
            "ratio_quartiles": [low, high],
            "runs": len(values),
        }
    return found


def main(_: list[str]) -> None:
    results = {
        "training step (ResNet-20, batch 64, 20 steps)": training(
            FLAGS.rounds, FLAGS.steps
        ),
        "building ResNet-50 anew": rebuilding(FLAGS.rebuilds),
    }
    write_result(FLAGS.output, results)
    for title, found in results.items():
        rows = [
            (
                name,
                f"{entry['median_ms']:.0f}",
                f"{entry['ratio']:.3f}",
                "{:.3f} - {:.3f}".format(*entry["ratio_quartiles"]),
            )
            for name, entry in found.items()
        ]
        columns = ["variant", "median ms", "ratio", "quartiles"]
        print(render_table(title, columns, rows))


if __name__ == "__main__":
    app.run(main)
