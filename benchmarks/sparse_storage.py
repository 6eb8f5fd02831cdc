"""Bytes and latency of dense layers whose zeros are not stored.

Two layers of 2048 by 2048 float32 weights, with zeros in blocks of 4 along
the inputs, and single zeros beside them. The dense file is the baseline; all
files take turns on one thread.

    python benchmarks/sparse_storage.py
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

from tfprune.export import export_tflite, measure_latency, sparsify_tflite
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "output",
    "benchmarks/results/sparse_storage.json",
    "JSON file of the figures.",
)
flags.DEFINE_integer("width", 2048, "Inputs and units of both layers.")
flags.DEFINE_integer("runs", 200, "Timed runs of each file.")

VARIANTS = [
    ("1x4 blocks", 4, 0.5),
    ("1x4 blocks", 4, 0.7),
    ("1x4 blocks", 4, 0.8),
    ("1x4 blocks", 4, 0.9),
    ("single zeros", 1, 0.9),
]


def pruned(width: int, block: int, zeros: float) -> keras.Model:
    """Two dense layers with a share of zeros in blocks of the inputs."""
    inputs = keras.Input((width,), name="values")
    x = keras.layers.Dense(width, activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(width)(x))
    generator = np.random.default_rng(0)
    for layer in model.layers[1:]:
        kept = generator.random((width // block, width)) >= zeros
        kernel = generator.normal(scale=width**-0.5, size=(width, width))
        layer.kernel.assign(kernel * kept.repeat(block, axis=0))
    return model


def measure(folder: Path, width: int, runs: int) -> list[dict[str, Any]]:
    """One row for the dense file, and one for each sparse one."""
    paths, errors = [folder / "dense_0.tflite"], [0.0]
    export_tflite(pruned(width, 4, 0.0), paths[0])
    for form, block, zeros in VARIANTS:
        dense = folder / f"{block}_{zeros}.tflite"
        export_tflite(pruned(width, block, zeros), dense)
        paths.append(folder / f"{block}_{zeros}_sparse.tflite")
        report = sparsify_tflite(dense, paths[-1])
        if {weight.form for weight in report.weights} != {form}:
            raise app.UsageError(f"Width {width} leaves no {form}.")
        errors.append(report.max_abs_error)
    latency = measure_latency(paths, runs=runs)
    low, high = latency.ratios(0.25), latency.ratios(0.75)
    return [
        {
            "form": form,
            "zeros": zeros,
            "bytes": path.stat().st_size,
            "milliseconds": times.median,
            "ratio": ratio,
            "ratio_quartiles": (low[index], high[index]),
            "max_abs_error": errors[index],
        }
        for index, ((form, _, zeros), path, times, ratio) in enumerate(
            zip(
                [("dense", 1, 0.0), *VARIANTS],
                paths,
                latency.files,
                latency.ratios(),
                strict=True,
            )
        )
    ]


def main(_: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), FLAGS.width, FLAGS.runs)
    print(
        render_table(
            f"Two dense layers of {FLAGS.width} by {FLAGS.width}, float32",
            ["stored as", "zeros", "bytes", "ms", "of dense"],
            [
                (
                    row["form"],
                    f"{row['zeros']:.0%}",
                    row["bytes"],
                    row["milliseconds"],
                    f"{row['ratio']:.0%}",
                )
                for row in rows
            ],
        )
    )
    result = {
        "width": FLAGS.width,
        "runs": FLAGS.runs,
        "threads": 1,
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "rows": rows,
    }
    write_result(FLAGS.output, result)


if __name__ == "__main__":
    app.run(main)
