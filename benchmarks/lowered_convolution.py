"""What a convolution with few columns takes, as it is and as a dense product.

Training for shapes empties columns of a convolution's kernel, lowered to a
matrix: positions of one input channel that no filter reads. The layer does not
get smaller, but can be lowered in earnest: one gather of the inputs that are
read at each output, and one dense product. Measured are `.tflite` files of the
convolution and of that pair, in turns, and, as the papers do, the product
alone: all columns against those that are left, with and without the gather, in
NumPy on one thread.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=. \\
        python benchmarks/lowered_convolution.py
"""

import os
import platform
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import app, flags
from lowered_products import Case, products
from result_file import write_result

from tfprune.export import export_tflite, measure_latency
from tfprune.surgery import check_equal
from tfprune.surgery.lower import lowered
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_integer("runs", 200, "Timed runs of each file and product.")
flags.DEFINE_string(
    "output",
    "benchmarks/results/lowered_convolution.json",
    "JSON file of figures.",
)


CASES = (
    Case("LeNet-5 conv1", 28, 1, 5, 20, 21),
    Case("LeNet-5 conv1", 28, 1, 5, 20, 7),
    Case("LeNet-5 conv2", 12, 20, 5, 50, 250),
    Case("LeNet-5 conv2", 12, 20, 5, 50, 125),
    Case("LeNet-5 conv2", 12, 20, 5, 50, 50),
    Case("LeNet-5 conv2", 12, 20, 5, 50, 41),
    Case("LeNet-5 conv2", 12, 20, 5, 50, 14),
    Case("128 of 3 x 3", 30, 128, 3, 128, 576),
    Case("128 of 3 x 3", 30, 128, 3, 128, 288),
    Case("128 of 3 x 3", 30, 128, 3, 128, 115),
)


def models(case: Case) -> tuple[keras.Model, keras.Model]:
    """The convolution, and what it is lowered to."""
    generator = np.random.default_rng(0)
    columns = case.left()
    kernel = np.zeros((case.everything, case.filters), "float32")
    kernel[columns] = generator.normal(size=(case.columns, case.filters))
    inputs = keras.Input((case.size, case.size, case.channels), batch_size=1)
    conv = keras.layers.Conv2D(case.filters, case.kernel_size, use_bias=False)
    whole = keras.Model(inputs, conv(inputs))
    conv.kernel.assign(kernel.reshape(conv.kernel.shape))
    small = lowered(whole, 1.0)
    images = generator.normal(size=inputs.shape).astype("float32")
    check_equal(whole, small, images)
    return whole, small


def milliseconds(case: Case) -> list[float]:
    """What the convolution and its lowered form take in the interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{name}.tflite" for name in ("conv", "dense")]
        for model, path in zip(models(case), files, strict=True):
            export_tflite(model, path, strip=False)
        found = measure_latency(files, runs=FLAGS.runs).files
    return [x.median for x in found]


def measured(case: Case) -> dict[str, Any]:
    """All figures of a case."""
    conv, dense = milliseconds(case)
    full, left, gathered = products(case, FLAGS.runs)
    return {
        **asdict(case),
        "all_columns": case.everything,
        "convolution_ms": conv,
        "gather_and_dense_ms": dense,
        "product_of_all_ms": full,
        "product_of_left_ms": left,
        "gather_and_product_ms": gathered,
    }


def row(entry: dict[str, Any]) -> tuple[object, ...]:
    conv, dense = entry["convolution_ms"], entry["gather_and_dense_ms"]
    full = entry["product_of_all_ms"]
    return (
        entry["name"],
        f"{entry['columns']} of {entry['all_columns']}",
        f"{conv:.4f}",
        f"{dense:.4f}",
        f"{conv / dense:.2f}",
        f"{full / entry['product_of_left_ms']:.1f}",
        f"{full / entry['gather_and_product_ms']:.1f}",
    )


def main(_: list[str]) -> None:
    entries = [measured(case) for case in CASES]
    content = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "runs": FLAGS.runs,
        "cases": entries,
    }
    write_result(FLAGS.output, content)
    columns = [
        "convolution",
        "columns left",
        "convolution, ms",
        "gather and dense, ms",
        "times faster",
        "product alone",
        "with gather",
    ]
    print(render_table("Lowered convolutions", columns, map(row, entries)))


if __name__ == "__main__":
    app.run(main)
