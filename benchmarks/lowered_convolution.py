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
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import keras
import numpy as np
from absl import app, flags
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


@dataclass(frozen=True)
class Case:
    """A VALID convolution of which some columns are left.

    Attributes:
        name: What it is called in the table.
        size: Height and width of its input.
        channels: Input channels.
        kernel_size: Height and width of its kernel.
        filters: Output channels.
        columns: How many columns are left.
    """

    name: str
    size: int
    channels: int
    kernel_size: int
    filters: int
    columns: int

    @property
    def everything(self) -> int:
        """How many columns there are."""
        return self.kernel_size**2 * self.channels

    @property
    def outputs(self) -> int:
        """Height and width of the output."""
        return self.size - self.kernel_size + 1


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


def places(case: Case, columns: np.ndarray) -> np.ndarray:
    """Where each output reads the flat input, `(outputs, columns)`."""
    row, rest = np.divmod(columns, case.kernel_size * case.channels)
    column, channel = np.divmod(rest, case.channels)
    y, x = np.divmod(np.arange(case.outputs**2), case.outputs)
    rows = y[:, None] + row
    return (rows * case.size + x[:, None] + column) * case.channels + channel


def models(case: Case) -> tuple[keras.Model, keras.Model]:
    """The convolution, and what it is lowered to."""
    generator = np.random.default_rng(0)
    columns = np.sort(
        generator.choice(case.everything, case.columns, replace=False)
    )
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


def products(case: Case) -> list[float]:
    """All columns, those left, and those left with their gather, in ms."""
    generator = np.random.default_rng(0)
    columns = np.sort(
        generator.choice(case.everything, case.columns, replace=False)
    )
    image = generator.normal(size=case.size**2 * case.channels)
    image = image.astype("float32")
    kernel = generator.normal(size=(case.everything, case.filters))
    kernel = kernel.astype("float32")
    few, where = np.ascontiguousarray(kernel[columns]), places(case, columns)
    full = image[places(case, np.arange(case.everything))]
    small = np.ascontiguousarray(full[:, columns])
    runs = (
        lambda: full @ kernel,
        lambda: small @ few,
        lambda: image[where] @ few,
    )
    seconds: list[list[float]] = [[] for _ in runs]
    for _ in range(FLAGS.runs):
        for run, taken in zip(runs, seconds, strict=True):
            start = time.perf_counter()
            run()
            taken.append(time.perf_counter() - start)
    return [1000 * median(x) for x in seconds]


def measured(case: Case) -> dict[str, Any]:
    """All figures of a case."""
    conv, dense = milliseconds(case)
    full, left, gathered = products(case)
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
