"""How fast a convolution is by its number of channels.

A 3x3 convolution on a map of 28x28, with as many filters as input channels,
in steps of eight channels. Kernels compute whole tiles of channels, so widths
that do not fill the last tile cost as much as those that do: this is what
`benchmarks/latency_of_removal.py` loses against the multiply-accumulates.

    PYTHONPATH=. python benchmarks/convolution_widths.py
"""

import os
import platform
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import app, flags
from result_file import write_result

from tfprune.export import export_tflite, measure_latency
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_list("modes", ["float32", "int8"], "Quantization modes.")
flags.DEFINE_integer("first", 128, "Smallest number of channels.")
flags.DEFINE_integer("last", 256, "Largest number of channels.")
flags.DEFINE_integer("step", 8, "From one number of channels to the next.")
flags.DEFINE_integer("runs", 200, "Timed runs of each file.")
flags.DEFINE_string(
    "output",
    "benchmarks/results/convolution_widths.json",
    "JSON file of figures.",
)

SIDE = 28
KERNEL = 3


def export(channels: int, mode: str, path: Path) -> None:
    """Writes a file of one convolution."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIDE, SIDE, channels))
    layer = keras.layers.Conv2D(channels, KERNEL, padding="same")
    shape = (2, SIDE, SIDE, channels)
    export_tflite(
        keras.Model(inputs, layer(inputs)),
        path,
        quantize=mode,
        representative_data=np.random.default_rng(0).normal(size=shape),
        strip=False,
    )


def measure(mode: str, folder: Path) -> list[dict[str, Any]]:
    """Figures of all widths in one precision."""
    widths = range(FLAGS.first, FLAGS.last + 1, FLAGS.step)
    files = [folder / f"{mode}_{width}.tflite" for width in widths]
    for width, path in zip(widths, files, strict=True):
        export(width, mode, path)
    entries = []
    report = measure_latency(files, runs=FLAGS.runs)
    for width, latency in zip(widths, report.files, strict=True):
        macs = (SIDE * KERNEL * width) ** 2
        entries.append(
            {
                "mode": mode,
                "channels": width,
                "macs": macs,
                "milliseconds": latency.median,
                "giga_macs_per_second": macs / latency.median / 1e6,
            }
        )
    return entries


def main(_: list[str]) -> None:
    entries = []
    with tempfile.TemporaryDirectory() as folder:
        for mode in FLAGS.modes:
            entries += measure(mode, Path(folder))
    content = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "runs": FLAGS.runs,
        "widths": entries,
    }
    write_result(FLAGS.output, content)
    print(
        render_table(
            "Convolutions by width, one thread",
            ["mode", "channels", "ms", "GMAC/s"],
            [
                (
                    entry["mode"],
                    entry["channels"],
                    f"{entry['milliseconds']:.3f}",
                    f"{entry['giga_macs_per_second']:.1f}",
                )
                for entry in entries
            ],
        )
    )


if __name__ == "__main__":
    app.run(main)
