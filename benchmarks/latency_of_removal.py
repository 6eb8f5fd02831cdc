"""How much of the MACs that a removal saves is saved in milliseconds.

Channels of VGG-16, ResNet-50 and MobileNetV2 are removed until 75, 50 and 25%
are left, in multiples of eight; each network is exported in float32 and int8
and timed with one and two threads, all widths of one network interleaved.
Printed is (time saved) / (MACs saved): 1 where the time follows the MACs.
What is lost is explained by `benchmarks/convolution_widths.py`. Figures that a
run leaves out stay in the JSON file.

    PYTHONPATH=. python benchmarks/latency_of_removal.py
    PYTHONPATH=. python benchmarks/latency_of_removal.py --round_to=8,16,32 \\
        --models=VGG16,ResNet50 --modes=float32
"""

import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import app, flags
from result_file import write_result

import tfprune
from tfprune.export import export_tflite, measure_latency
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_list(
    "models", ["VGG16", "ResNet50", "MobileNetV2"], "Networks to measure."
)
flags.DEFINE_list("modes", ["float32", "int8"], "Quantization modes.")
flags.DEFINE_list("threads", ["1", "2"], "Numbers of threads.")
flags.DEFINE_list("left", ["0.75", "0.5", "0.25"], "Fractions of channels.")
flags.DEFINE_list("round_to", ["8"], "Multiples that widths are kept at.")
flags.DEFINE_integer("runs", 40, "Timed runs of each file.")
flags.DEFINE_string(
    "output",
    "benchmarks/results/latency_of_removal.json",
    "JSON file of figures.",
)


def variants(name: str, round_to: int) -> dict[float, keras.Model]:
    """A network at all widths, the full one first."""
    keras.utils.set_random_seed(0)
    model = getattr(keras.applications, name)(weights=None)
    found = {1.0: model}
    for left in map(float, FLAGS.left):
        found[left] = tfprune.prune(model, sparsity=1 - left, round_to=round_to)
    return found


def measure(name: str, round_to: int) -> list[dict[str, Any]]:
    """Figures of all widths and precisions of one network."""
    models = variants(name, round_to)
    macs = {left: tfprune.profile(x).macs for left, x in models.items()}
    shape = (2, *models[1.0].input_shape[1:])
    images = np.random.default_rng(0).normal(size=shape).astype("float32")
    entries = []
    with tempfile.TemporaryDirectory() as folder:
        for mode in FLAGS.modes:
            files = [Path(folder) / f"{mode}_{left}.tflite" for left in models]
            for model, path in zip(models.values(), files, strict=True):
                export_tflite(
                    model,
                    path,
                    quantize=mode,
                    representative_data=images,
                    strip=False,
                )
            for threads in map(int, FLAGS.threads):
                times = measure_latency(
                    files, num_threads=threads, runs=FLAGS.runs
                ).files
                for left, time in zip(models, times, strict=True):
                    entries.append(
                        {
                            "model": name,
                            "round_to": round_to,
                            "mode": mode,
                            "threads": threads,
                            "left": left,
                            "runs": FLAGS.runs,
                            "macs": macs[left],
                            "milliseconds": time.median,
                            "saved": saved(
                                macs[1.0], macs[left], times[0], time
                            ),
                        }
                    )
                    print(*row(entries[-1]), flush=True)
    return entries


def saved(full: int, small: int, before: Any, after: Any) -> float | None:
    """Share of the time saved over share of the MACs saved."""
    if full == small:
        return None
    return (1 - after.median / before.median) / (1 - small / full)


def row(entry: dict[str, Any]) -> tuple[object, ...]:
    ratio = entry["saved"]
    return (
        entry["model"],
        entry["round_to"],
        entry["mode"],
        entry["threads"],
        f"{entry['left']:.0%}",
        f"{entry['macs'] / 1e6:,.0f}",
        f"{entry['milliseconds']:.2f}",
        "" if ratio is None else f"{ratio:.2f}",
    )


def merged(path: Path, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The figures of earlier runs, with those of this one in their place."""
    earlier = []
    if path.exists():
        earlier = json.loads(path.read_text(encoding="utf-8"))["files"]
    names = ("model", "round_to", "mode", "threads", "left")
    entries = {tuple(x[name] for name in names): x for x in [*earlier, *found]}
    return list(entries.values())


def main(_: list[str]) -> None:
    entries = []
    for name in FLAGS.models:
        for round_to in map(int, FLAGS.round_to):
            entries += measure(name, round_to)
            keras.backend.clear_session()
    content = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "files": merged(Path(FLAGS.output), entries),
    }
    write_result(FLAGS.output, content)
    columns = [
        "model",
        "multiples of",
        "mode",
        "threads",
        "channels left",
        "million MACs",
        "ms",
        "time / MACs saved",
    ]
    print(render_table("Latency of removal", columns, map(row, entries)))


if __name__ == "__main__":
    app.run(main)
