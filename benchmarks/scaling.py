"""How the time of trace and removal grows with the depth of a network.

Each network is a stack of steps as in DenseNet: batch normalization, ReLU, a
convolution of few filters, and the concatenation of its output with all that
came before. Half of the channels are removed at random. What grows is the
number of layers, and with it what a library that follows every channel through
every concatenation would have to repeat. The widths grow with the depth, so
the weights grow with its square; 4 filters a step keep them so few (2.6
million numbers at 400 concatenations) that copying them is not what is timed.
The same layers are copied by `clone_model` and `set_weights` for comparison.

The exponent is the slope of a line through the logarithms of seconds and
number of layers: 1 when twice the layers take twice the time.

    python benchmarks/scaling.py
"""

import os
import platform
import time
from typing import Any

import keras
import numpy as np
from absl import app, flags
from random_weights import random_half
from rebuilding import timed_turns
from result_file import write_result

import tfprune
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_list(
    "concatenations", ["50", "100", "200", "400"], "Depths to measure."
)
flags.DEFINE_integer("growth", 4, "Filters of each step.")
flags.DEFINE_integer("rounds", 5, "Timed copies each way.")
flags.DEFINE_string(
    "output", "benchmarks/results/scaling.json", "JSON file of the figures."
)

TARGET = 1.2
TIMES = {
    "trace_seconds": "trace",
    "groups_seconds": "groups",
    "trace_and_removal_seconds": "trace + removal",
    "clone_seconds": "clone_model + set_weights",
}


def dense_stack(concatenations: int, growth: int) -> keras.Model:
    """A stack of concatenations on images of 8 x 8 pixels."""
    x = inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(2 * growth, 3, padding="same")(x)
    for _ in range(concatenations):
        y = keras.layers.BatchNormalization()(x)
        y = keras.layers.ReLU()(y)
        y = keras.layers.Conv2D(growth, 1, use_bias=False)(y)
        x = keras.layers.Concatenate()([x, y])
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(10)(x))


def measured(concatenations: int) -> dict[str, Any]:
    """Seconds for one depth; `groups` is what choosing a mask needs besides."""
    model = dense_stack(concatenations, FLAGS.growth)
    graph = tfprune.trace(model)
    start = time.perf_counter()
    graph.groups()
    groups_seconds = time.perf_counter() - start
    turns = timed_turns(model, random_half(graph), FLAGS.rounds, budget=120)
    both = turns["trace_seconds"] + turns["removal_seconds"]
    return {
        "layers": len(model.layers),
        "parameters": model.count_params(),
        "groups_seconds": groups_seconds,
        "trace_and_removal_seconds": both,
        **turns,
    }


def exponent(runs: list[dict[str, Any]], key: str) -> float:
    """The slope of seconds over layers, both as logarithms."""
    layers = np.log([x["layers"] for x in runs])
    seconds = np.log([x[key] for x in runs])
    return float(np.polyfit(layers, seconds, 1)[0])


def table(runs: dict[str, dict[str, Any]], exponents: dict[str, float]) -> str:
    rows: list[list[object]] = [
        [
            depth,
            x["layers"],
            x["parameters"],
            *(f"{x[key]:.3f}" for key in TIMES),
            f"{x['ratio']:.2f}",
        ]
        for depth, x in runs.items()
    ]
    slopes = (f"{exponents[key]:.2f}" for key in TIMES)
    rows.append(["exponent", None, None, *slopes, None])
    columns = [
        "concatenations",
        "layers",
        "parameters",
        *TIMES.values(),
        "ratio",
    ]
    title = f"Seconds by depth, {platform.machine()}, {os.cpu_count()} cores"
    return render_table(title, columns, rows)


def main(argv: list[str]) -> None:
    """Measures every depth, prints a table and writes the figures."""
    if argv[1:]:
        raise app.UsageError(f"Expected only flags. Received: {argv[1]}")
    measured(10)
    runs = {depth: measured(int(depth)) for depth in FLAGS.concatenations}
    exponents = {key: exponent(list(runs.values()), key) for key in TIMES}
    content = {
        "command": "python benchmarks/scaling.py",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "keras": f"{keras.version()} on {keras.backend.backend()}",
        "growth": FLAGS.growth,
        "target": TARGET,
        "exponents": exponents,
        "runs": runs,
    }
    write_result(FLAGS.output, content)
    print(table(runs, exponents))
    found = exponents["trace_and_removal_seconds"]
    print(f"trace + removal: exponent {found:.2f} (target at most {TARGET})")


if __name__ == "__main__":
    app.run(main)
