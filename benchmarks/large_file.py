"""Time and memory of reading and writing a large `.tflite` file.

    PYTHONPATH=. python benchmarks/large_file.py --megabytes=100

Each repetition runs in a process of its own, so that its peak memory is its
own; the peak is told beyond what the process held before.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from absl import app, flags
from result_file import write_result

from tfprune.export import FlatbufferModel, read_tflite, serialize
from tfprune.export.flatbuffer.model import Operator, Subgraph
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_integer("megabytes", 100, "Size of the file, in 10^6 bytes.")
flags.DEFINE_integer("layers", 100, "Layers that share the weights.")
flags.DEFINE_integer("repetitions", 5, "Processes.")
flags.DEFINE_string("measure", None, "Only measure this file, as JSON.")
flags.DEFINE_string(
    "output",
    "benchmarks/results/large_file.json",
    "JSON file of the figures; empty for none.",
)


def large_model(num_bytes: int, layers: int) -> FlatbufferModel:
    """Fully connected layers side by side, of random float weights."""
    generator = np.random.default_rng(0)
    units = num_bytes // layers // 64
    values = Tensor("values", "FLOAT32", (1, 16))
    tensors, operators = [values], []
    for number in range(layers):
        data = generator.integers(0, 255, units * 64, np.uint8)
        weights = Tensor(f"weights_{number}", "FLOAT32", (units, 16), data)
        sums = Tensor(f"sums_{number}", "FLOAT32", (1, units))
        tensors += [weights, sums]
        operators.append(
            Operator(
                "FULLY_CONNECTED",
                [values, weights, None],
                [sums],
                options_type=schema.BuiltinOptions.FullyConnectedOptions,
                options=schema.FullyConnectedOptionsT(),
            )
        )
    outputs = operators[-1].outputs
    return FlatbufferModel([Subgraph(tensors, [values], outputs, operators)])


def peak() -> int:
    """Greatest memory of this process so far, in bytes.

    `resource.getrusage` would count the process that started this one.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def measure(path: str) -> dict[str, float]:
    """Reads and writes a file in this process."""
    before, start = peak(), time.perf_counter()
    model = read_tflite(path)
    read, held = time.perf_counter(), peak()
    content = serialize(model)
    written = time.perf_counter()
    if len(content) != Path(path).stat().st_size:
        raise RuntimeError("What was written has another size.")
    return {
        "read_seconds": read - start,
        "write_seconds": written - read,
        "read_bytes": held - before,
        "both_bytes": peak() - before,
    }


def main(argv: list[str]) -> None:
    """Makes the file, measures and prints the medians."""
    if argv[1:]:
        raise app.UsageError(f"Expected only flags. Received: {argv[1]}")
    if FLAGS.measure:
        print(json.dumps(measure(FLAGS.measure)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.tflite"
        model = large_model(FLAGS.megabytes * 10**6, FLAGS.layers)
        path.write_bytes(serialize(model))
        del model
        size = path.stat().st_size
        command = [sys.executable, __file__, f"--measure={path}"]
        runs = [
            json.loads(
                subprocess.run(
                    command, capture_output=True, text=True, check=True
                ).stdout
            )
            for _ in range(FLAGS.repetitions)
        ]
    medians = {
        name: float(np.median([run[name] for run in runs])) for name in runs[0]
    }
    rows = [
        (name, value, value / size if name.endswith("bytes") else None)
        for name, value in medians.items()
    ]
    print(
        render_table(
            f"A file of {size:,} bytes, medians of {FLAGS.repetitions}",
            ["figure", "median", "of the size of the file"],
            rows,
        )
    )
    if FLAGS.output:
        content = {
            "command": "PYTHONPATH=. python benchmarks/large_file.py "
            f"--megabytes={FLAGS.megabytes} --layers={FLAGS.layers} "
            f"--repetitions={FLAGS.repetitions}",
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "file_bytes": size,
            "medians": medians,
            "runs": runs,
        }
        write_result(FLAGS.output, content)


if __name__ == "__main__":
    app.run(main)
