"""Exports convolutional networks for the Edge TPU and checks what came out.

Each network is exported with `target="edgetpu"`, checked, and, where a folder
of old runtimes is given (`benchmarks/old_runtimes.sh FOLDER`), run on
TensorFlow Lite 2.7, which is as old as the compiler: its classes are compared
with those of LiteRT. Weights are random, but let the signal through.

    python benchmarks/edgetpu_zoo.py
    python benchmarks/edgetpu_zoo.py --old_runtimes=FOLDER
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import app, flags
from convert_zoo_source import APPLICATIONS, ZooSource, keras_sources
from old_runtimes import run_in
from result_file import write_result

from tfprune.export import export_tflite
from tfprune.export.dependencies import require
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_list("models", list(APPLICATIONS), "Networks to export.")
flags.DEFINE_integer("samples", 50, "Representative samples.")
flags.DEFINE_integer("images", 20, "Images to compare the runtimes on.")
flags.DEFINE_string("old_runtimes", None, "Folder of old runtimes.")
flags.DEFINE_string(
    "output", "benchmarks/results/edgetpu_zoo.json", "JSON file of figures."
)


def measure(
    name: str, build: Callable[[], ZooSource], folder: Path
) -> dict[str, Any]:
    """What the Edge TPU and its sister on the processor do with a network."""
    keras.utils.set_random_seed(0)
    source = build()
    path = folder / f"{name}.tflite"
    report = export_tflite(
        source.handle,
        path,
        target="edgetpu",
        representative_data=source.data(FLAGS.samples),
    )
    mapping = report.target.mapping
    return {
        "model": name,
        "num_bytes": report.num_bytes,
        "operators": len(report.target.operators),
        "mapped": len(mapping.mapped),
        "fits": report.target.fits,
        "streamed_bytes": mapping.streamed_bytes,
        "agreement_with_keras": report.agreement,
        "relative_error": report.relative_error,
        **compare(path, report.inputs[0], folder),
    }


def compare(path: Path, end: Any, folder: Path) -> dict[str, Any]:
    """How often LiteRT and TensorFlow Lite 2.7 name the same class."""
    if FLAGS.old_runtimes is None:
        return {}
    images = np.random.default_rng(1).integers(
        0, 256, (FLAGS.images, *end.shape[1:]), "uint8"
    )
    python = Path(FLAGS.old_runtimes, "tflite-2.7", "bin", "python")
    received, failure = run_in(python, path, images, folder)
    if received is None:
        return {"tflite_2_7": failure}
    expected = integers_of(path, images)
    same = expected.argmax(-1) == received.argmax(-1)
    apart = np.abs(expected.astype(int) - received.astype(int))
    return {
        "tflite_2_7": f"{same.sum()} of {same.size} classes equal",
        "largest_difference_in_steps": int(apart.max()),
    }


def integers_of(path: Path, images: np.ndarray) -> np.ndarray:
    """What LiteRT computes, as it is stored."""
    litert = require("ai_edge_litert.interpreter")
    interpreter = litert.Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    (given,) = interpreter.get_input_details()
    (found,) = interpreter.get_output_details()
    results = []
    for image in images:
        interpreter.set_tensor(given["index"], image[None])
        interpreter.invoke()
        results.append(interpreter.get_tensor(found["index"]).copy())
    return np.concatenate(results)


def row(entry: dict[str, Any]) -> tuple[object, ...]:
    return (
        entry["model"],
        entry["num_bytes"],
        f"{entry['mapped']} of {entry['operators']}",
        "yes" if entry["fits"] else "no",
        entry["streamed_bytes"],
        entry.get("tflite_2_7", ""),
        entry.get("largest_difference_in_steps", ""),
    )


def main(_: list[str]) -> None:
    entries = []
    sources = keras_sources()
    with tempfile.TemporaryDirectory() as folder:
        for name in FLAGS.models:
            entries.append(measure(name, sources[name], Path(folder)))
            print(*row(entries[-1]), flush=True)
            keras.backend.clear_session()
    write_result(FLAGS.output, entries)
    columns = [
        "model",
        "bytes",
        "mapped",
        "fits",
        "streamed",
        "TFLite 2.7 and LiteRT",
        "steps apart",
    ]
    print(render_table("Edge TPU", columns, map(row, entries), width=120))
    sys.exit(0 if all(entry["fits"] for entry in entries) else 1)


if __name__ == "__main__":
    app.run(main)
