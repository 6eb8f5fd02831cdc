"""What penalties and gates add to a training step.

A network is trained on one batch with each penalty and with gates, and as it
is, block by block in turn: A B, then B A. Reported is the ratio of the two
blocks of a turn, its median and quartiles. All runs on one core, so with one
thread. On a machine that is not idle `--clock=cpu` tells more: it leaves out
what the core does for others in the meantime.

A step that adds more than `training_variants.limit` is marked. Networks whose
step is short have more to add to: those of MNIST are there to show it.

    PYTHONPATH=. python benchmarks/training_overhead.py
    PYTHONPATH=. python benchmarks/training_overhead.py --jit_compile
    PYTHONPATH=. KERAS_BACKEND=jax python benchmarks/training_overhead.py
    PYTHONPATH=. python benchmarks/training_overhead.py --rounds=3 \\
        --networks=resnet_20 --variants=penalize_groups
"""

import gc
import json
import os
import platform
import statistics
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import app, flags
from result_file import write_result
from training_variants import NAMES, limit, plain, varied

from tfprune.errors import InvalidInputError
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_list(
    "networks", ["resnet_20", "lenet_5"], "Names from tfprune.models.names()."
)
flags.DEFINE_multi_string("variants", NAMES, "What to time.")
flags.DEFINE_integer("rounds", 40, "Turns: blocks of each kind.", 2)
flags.DEFINE_float("block_seconds", 0.5, "About how long a block takes.")
flags.DEFINE_integer("batch_size", 64, "Images in a batch.", 1)
flags.DEFINE_integer("core", 0, "The core that all runs on.", 0)
flags.DEFINE_enum(
    "clock", "wall", ["wall", "cpu"], "Seconds that pass, or that it runs."
)
flags.DEFINE_bool("jit_compile", False, "Whether XLA compiles the step.")
flags.DEFINE_string(
    "output", "benchmarks/results/training_overhead.json", "JSON of figures."
)

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


class TimedStep:
    """Training steps of a model on one batch.

    Args:
        model: A compiled classifier.
        batch_size: Number of random images.
    """

    def __init__(self, model: keras.Model, batch_size: int) -> None:
        generator = np.random.default_rng(0)
        shape = (batch_size, *model.input_shape[1:])
        labels = generator.integers(0, model.output_shape[-1], batch_size)
        self._model = model
        self._images = keras.ops.convert_to_tensor(
            generator.normal(size=shape).astype("float32")
        )
        self._labels = keras.ops.convert_to_tensor(labels)

    def block(self, steps: int) -> float:
        """Seconds of a step, the mean over some steps."""
        clock = CLOCKS[FLAGS.clock]
        start = clock()
        for _ in range(steps):
            self._model.train_on_batch(self._images, self._labels)
        return (clock() - start) / steps

    def settle(self) -> float:
        """Seconds of a step once it is compiled."""
        self.block(3)
        return self.block(3)


def turns(
    reference: TimedStep, candidate: TimedStep
) -> tuple[list[float], list[float]]:
    """Seconds of a step of each, block by block in turn."""
    candidate.settle()
    steps = max(1, round(FLAGS.block_seconds / reference.settle()))
    times: tuple[list[float], list[float]] = ([], [])
    pair = (reference, candidate)
    gc.collect()
    gc.disable()
    for turn in range(FLAGS.rounds):
        for index in (0, 1) if turn % 2 == 0 else (1, 0):
            times[index].append(pair[index].block(steps))
    gc.enable()
    return times


def figures(network: str) -> dict[str, dict[str, Any]]:
    """What each variant adds to a step of a network."""
    reference = TimedStep(plain(network, FLAGS.jit_compile), FLAGS.batch_size)
    found = {}
    for variant in FLAGS.variants:
        try:
            model = varied(network, variant, FLAGS.jit_compile)
        except InvalidInputError as reason:
            print(f"{network}: no {variant}: {reason}")
            continue
        candidate = TimedStep(model, FLAGS.batch_size)
        before, after = turns(reference, candidate)
        ratios = [y / x for x, y in zip(before, after, strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        found[variant] = {
            "plain_ms": 1000 * statistics.median(before),
            "ms": 1000 * statistics.median(after),
            "ratio": middle,
            "ratio_quartiles": [low, high],
            "limit": limit(variant),
            "turns": len(ratios),
        }
        print(f"{network}, {variant}: {middle:.3f}", flush=True)
    return found


def setting() -> str:
    """How the steps of this run are made."""
    compiler = "XLA" if FLAGS.jit_compile else "no XLA"
    backend = keras.backend.backend()
    return f"{backend}, {compiler}, 1 thread, {FLAGS.clock} seconds"


def row(network: str, variant: str, entry: dict[str, Any]) -> tuple[str, ...]:
    """A row of the table."""
    return (
        network,
        variant,
        f"{entry['plain_ms']:.1f}",
        f"{entry['ms']:.1f}",
        f"{entry['ratio']:.3f}",
        "{:.3f} - {:.3f}".format(*entry["ratio_quartiles"]),
        "" if entry["ratio"] <= entry["limit"] else f"> {entry['limit']}",
    )


def main(_: list[str]) -> None:
    # Before the backend starts its threads: it makes one for each core.
    os.sched_setaffinity(0, {FLAGS.core})
    output = Path(FLAGS.output)
    content = json.loads(output.read_text()) if output.exists() else {}
    networks = {name: figures(name) for name in FLAGS.networks}
    content[setting()] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "keras": keras.__version__,
        "batch_size": FLAGS.batch_size,
        "networks": networks,
    }
    write_result(output, content)
    rows = [
        row(network, variant, entry)
        for network, found in networks.items()
        for variant, entry in found.items()
    ]
    columns = ["network", "with", "plain ms", "ms", "ratio", "quartiles", ""]
    title = f"A training step, {setting()}, batch {FLAGS.batch_size}"
    print(render_table(title, columns, rows))


if __name__ == "__main__":
    app.run(main)
