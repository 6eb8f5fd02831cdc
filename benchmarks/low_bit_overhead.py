"""What low-bit layers add to a training step.

A network of `QuantConv2D` and the same network of `Conv2D` train on the same
data, block by block in turn; reported is the ratio of each turn, its median
and quartiles. Both are compiled by XLA.

    python benchmarks/low_bit_overhead.py
    KERAS_BACKEND=jax python benchmarks/low_bit_overhead.py
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
import numpy as np
from absl import app, flags
from keras import layers
from result_file import write_result

from tfprune.layers import QuantConv2D, presets
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "output", "", "JSON file of the figures; named after the backend if empty."
)
flags.DEFINE_integer("rounds", 15, "Timed blocks of each network.")
flags.DEFINE_integer("steps", 10, "Training steps in a block.")
flags.DEFINE_integer("batch_size", 64, "Examples in a step.")
flags.DEFINE_integer("size", 32, "Height and width of the images.")
flags.DEFINE_integer("width", 64, "Channels of the widest convolution.")
flags.DEFINE_multi_string(
    "networks", [], "Names of the networks besides Conv2D; all if empty."
)

LIMIT = 1.25
"""What a step may take, over that of `Conv2D`."""

NETWORKS: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "Conv2D": dict,
    "BinaryConnect": presets.binary_connect,
    "BNN": presets.bnn,
    "BWN": presets.bwn,
    "XNOR": presets.xnor,
    "XNOR with K": partial(presets.xnor, input_scale=True),
    "DoReFa (1, 2, 32)": partial(presets.dorefa, 1, 2),
    "DoReFa (8, 8, 8)": partial(presets.dorefa, 8, 8, 8),
    "QNN (4, 4)": presets.qnn,
    "int8": presets.integer,
}


def network(name: str, size: int, width: int) -> keras.Model:
    """Four blocks of normalization, convolution and pooling, compiled."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((size, size, 3))
    x = layers.Conv2D(width // 4, 3, padding="same", use_bias=False)(inputs)
    for filters in (width // 4, width // 2, width, width):
        x = layers.BatchNormalization()(x)
        kind = layers.Conv2D if name == "Conv2D" else QuantConv2D
        settings = NETWORKS[name]()
        x = kind(filters, 3, padding="same", use_bias=False, **settings)(x)
        x = layers.MaxPooling2D(2)(x)
    x = layers.GlobalAveragePooling2D()(layers.BatchNormalization()(x))
    model = keras.Model(inputs, layers.Dense(10)(x), name="network")
    model.compile(
        keras.optimizers.Adam(1e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=True,
    )
    return model


def turns(models: Mapping[str, keras.Model]) -> dict[str, list[float]]:
    """Seconds of a block of each network, which take turns."""
    generator = np.random.default_rng(0)
    count = FLAGS.batch_size * FLAGS.steps
    shape = (count, FLAGS.size, FLAGS.size, 3)
    x = generator.normal(size=shape).astype("float32")
    y = generator.integers(0, 10, count)
    times: dict[str, list[float]] = {name: [] for name in models}
    # The first turn compiles.
    for turn in range(FLAGS.rounds + 1):
        for name, model in models.items():
            start = time.perf_counter()
            model.fit(x, y, FLAGS.batch_size, verbose=0, shuffle=False)
            if turn:
                times[name].append(time.perf_counter() - start)
    return times


def figures(
    times: list[float], plain: list[float], steps: int
) -> dict[str, Any]:
    """What is reported of a network.

    Args:
        times: Seconds of its blocks.
        plain: Seconds of the blocks of `Conv2D`.
        steps: Training steps in a block.
    """
    ratios = np.array(times) / np.array(plain)
    low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
    return {
        "median_ms_a_step": 1000 * float(np.median(times)) / steps,
        "ratio": float(middle),
        "ratio_quartiles": [float(low), float(high)],
        "turns": len(times),
        "limit": LIMIT,
        "reached": bool(middle <= LIMIT),
    }


def row(network: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    """A row of the table."""
    return (
        network,
        f"{entry['median_ms_a_step']:.1f}",
        f"{entry['ratio']:.3f}",
        "{:.3f} - {:.3f}".format(*entry["ratio_quartiles"]),
        "" if entry["reached"] else f"> {LIMIT}",
    )


def main(_: list[str]) -> None:
    chosen = ["Conv2D", *FLAGS.networks] if FLAGS.networks else NETWORKS
    times = turns({x: network(x, FLAGS.size, FLAGS.width) for x in chosen})
    found = {
        name: figures(blocks, times["Conv2D"], FLAGS.steps)
        for name, blocks in times.items()
    }
    backend = keras.backend.backend()
    output = f"benchmarks/results/low_bit_overhead_{backend}.json"
    content = {
        "backend": backend,
        "keras": keras.__version__,
        "batch_size": FLAGS.batch_size,
        "image": [FLAGS.size, FLAGS.size, 3],
        "width": FLAGS.width,
        "networks": found,
    }
    write_result(FLAGS.output or output, content)
    columns = ["network", "ms a step", "over Conv2D", "quartiles", ""]
    rows = [row(name, entry) for name, entry in found.items()]
    print(render_table(f"Training steps on {backend}", columns, rows))


if __name__ == "__main__":
    app.run(main)
