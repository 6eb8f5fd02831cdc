"""What running a `.tflite` file in a process of its own costs.

    PYTHONPATH=. python benchmarks/isolated_running.py

The same convolutional network is started and run here and in a process of its
own, in turn.
"""

import os
import platform
import time
from collections.abc import Callable

import numpy as np
from absl import app, flags
from result_file import write_result

from tests.export.flatbuffer.specimens import converted
from tfprune.export.dependencies import require
from tfprune.export.running.isolated_runner import IsolatedRunner
from tfprune.export.running.runner import TfliteRunner
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_integer("runs", 60, "Runs of each.")
flags.DEFINE_integer("starts", 5, "Starts of each.")
flags.DEFINE_string(
    "output",
    "benchmarks/results/isolated_running.json",
    "JSON file of the figures; empty for none.",
)

SHAPE = (1, 64, 64, 3)


def network() -> bytes:
    """Eight convolutions of 32 channels on 64 x 64 pixels."""
    tf = require("tensorflow")
    generator = np.random.default_rng(0)
    kernels = [
        generator.normal(size=(3, 3, 32 if index else 3, 32), scale=0.1)
        for index in range(8)
    ]

    def call(x: object) -> object:
        for kernel in kernels:
            x = tf.nn.relu(tf.nn.conv2d(x, kernel.astype("f4"), 1, "SAME"))
        return tf.reduce_mean(x, (1, 2))

    return converted(call, SHAPE)


def timed(action: Callable[[], object]) -> float:
    """Milliseconds of an action."""
    start = time.perf_counter_ns()
    action()
    return (time.perf_counter_ns() - start) / 1e6


def main(argv: list[str]) -> None:
    """Measures and prints the medians."""
    if argv[1:]:
        raise app.UsageError(f"Expected only flags. Received: {argv[1]}")
    content = network()
    values = [np.random.default_rng(0).random(SHAPE).astype("f4")]
    starts: dict[str, list[float]] = {"here": [], "isolated": []}
    for _ in range(FLAGS.starts):
        starts["here"].append(
            timed(lambda: TfliteRunner(content, source="network"))
        )
        starts["isolated"].append(
            timed(lambda: IsolatedRunner(content, source="network").close())
        )
    here = TfliteRunner(content, source="network")
    runs: dict[str, list[float]] = {"here": [], "isolated": [], "inner": []}
    with IsolatedRunner(content, source="network") as isolated:
        for _ in range(FLAGS.runs):
            runs["here"].append(timed(lambda: here.run(values)))
            runs["isolated"].append(timed(lambda: isolated.run(values)))
            runs["inner"] += isolated.time()
    medians = {
        "start here": float(np.median(starts["here"])),
        "start in a process": float(np.median(starts["isolated"])),
        "run here": float(np.median(runs["here"])),
        "run in a process": float(np.median(runs["isolated"])),
        "run as the process times it": float(np.median(runs["inner"])),
    }
    print(render_table("Medians", ["what", "ms"], list(medians.items())))
    if FLAGS.output:
        content_of_file = {
            "command": "PYTHONPATH=. python benchmarks/isolated_running.py "
            f"--runs={FLAGS.runs} --starts={FLAGS.starts}",
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "milliseconds": medians,
        }
        write_result(FLAGS.output, content_of_file)


if __name__ == "__main__":
    app.run(main)
