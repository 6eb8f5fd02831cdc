"""Converts networks of many kinds, verifies them, and times it.

Each network goes through each quantization mode by `export_tflite`, which
verifies, and by TensorFlow's bare converter with the same options: the call
that its documentation shows for the source (`from_keras_model`,
`from_saved_model`), and for Keras models also the faster
`from_concrete_functions`. All run in one process, in turn, `--rounds` times;
reported is the median ratio, which includes the verification. Weights are
random, but let the signal through.

    python benchmarks/convert_zoo.py
    python benchmarks/convert_zoo.py --models=LSTM,MobileNetV2 --modes=int8
    python benchmarks/convert_zoo.py --saved_models_dir=FOLDER

The last also converts each SavedModel in the folder, such as those that
`benchmarks/tfmot_models.py` makes. Figures of networks that a run leaves out
stay in the JSON file.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import app, flags
from convert_zoo_source import ZooSource, keras_sources, saved_models
from result_file import write_result

from tfprune.errors import TfpruneError
from tfprune.export import ExportReport, export_tflite
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_list("models", [], "Names of networks; by default all.")
flags.DEFINE_list(
    "modes", ["float16", "dynamic", "int8"], "Quantization modes."
)
flags.DEFINE_integer(
    "rounds", 3, "Timed conversions of each kind.", lower_bound=1
)
flags.DEFINE_integer("samples", 20, "Representative samples for int8.")
flags.DEFINE_string("saved_models_dir", None, "Folder of more SavedModels.")
flags.DEFINE_string(
    "output", "benchmarks/results/convert_zoo.json", "JSON file of figures."
)


def seconds(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def measure(source: ZooSource, mode: str, folder: Path) -> dict[str, Any]:
    """Figures of one network in one mode."""
    data = source.data(FLAGS.samples)
    times: dict[str, list[float]] = {"tfprune": []}
    sizes: dict[str, int] = {}

    def export() -> ExportReport:
        return export_tflite(
            source.handle,
            folder / "tfprune.tflite",
            quantize=mode,
            representative_data=data if mode == "int8" else None,
            verify_data=data,
        )

    for _ in range(FLAGS.rounds):
        for name, convert in source.bare(mode, data).items():
            taken, content = seconds(convert)
            times.setdefault(name, []).append(taken)
            sizes[name] = len(content)
        taken, report = seconds(export)
        times["tfprune"].append(taken)
    return {
        "model": source.name,
        "mode": mode,
        "num_bytes": report.num_bytes,
        "bare_bytes": sizes,
        "relative_error": report.relative_error,
        "snr_db": decibels(report.relative_error),
        "agreement": report.agreement,
        "verified_samples": report.verification.num_samples,
        "seconds": {
            name: statistics.median(taken) for name, taken in times.items()
        },
        "ratio": {
            name: statistics.median(
                ours / bare
                for ours, bare in zip(times["tfprune"], taken, strict=True)
            )
            for name, taken in times.items()
            if name != "tfprune"
        },
        "warnings": list(report.warnings),
    }


def decibels(error: float) -> float | None:
    """Signal-to-noise ratio of a relative error."""
    return None if error == 0 else float(-20 * np.log10(error))


def row(entry: dict[str, Any]) -> tuple[object, ...]:
    if "error" in entry:
        return (entry["model"], entry["mode"], entry["error"], *[None] * 5)
    return (
        entry["model"],
        entry["mode"],
        entry["num_bytes"],
        entry["relative_error"],
        entry["snr_db"],
        entry["agreement"],
        f"{entry['seconds']['tfprune']:.2f}",
        ", ".join(f"{x:.2f} ({name})" for name, x in entry["ratio"].items()),
    )


def merged(path: Path, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The figures of earlier runs, with those of this one in their place."""
    earlier = json.loads(path.read_text("utf-8")) if path.exists() else []
    entries = {(x["model"], x["mode"]): x for x in [*earlier, *found]}
    return list(entries.values())


def main(_: list[str]) -> None:
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sources = {**keras_sources(), **saved_models(folder)}
        if FLAGS.saved_models_dir:
            for path in sorted(Path(FLAGS.saved_models_dir).iterdir()):
                if path.is_dir():
                    sources[path.name] = lambda path=path: ZooSource.at(path)
        for name in FLAGS.models or sources:
            if name not in sources:
                raise app.UsageError(f"--models knows {', '.join(sources)}.")
            keras.utils.set_random_seed(0)
            source = sources[name]()
            for mode in FLAGS.modes:
                try:
                    entry = measure(source, mode, folder)
                except TfpruneError as error:
                    entry = {"model": name, "mode": mode, "error": str(error)}
                found.append(entry)
                print(*row(entry), flush=True)
            keras.backend.clear_session()
    write_result(FLAGS.output, merged(Path(FLAGS.output), found))
    columns = [
        "model",
        "mode",
        "bytes",
        "relative error",
        "SNR dB",
        "agreement",
        "seconds",
        "ratio to the bare converter",
    ]
    print(render_table("Conversion", columns, map(row, found), width=150))


if __name__ == "__main__":
    app.run(main)
