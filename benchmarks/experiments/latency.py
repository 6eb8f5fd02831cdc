"""How long the networks of a seed take as files."""

from pathlib import Path

import keras

from experiments.outcome import Figures
from tfprune.export import export_tflite, measure_latency
from tfprune.models.data import Dataset

DENSE = "dense"
"""Name of the network that the others are compared with."""
RUNS, WARM_UP = 500, 20


def latencies(folder: Path, _: Dataset) -> Figures:
    """Times the networks as float32 files, in turns, with one thread.

    Args:
        folder: Of the networks, `<name>.keras`.

    Returns:
        Medians in milliseconds, and over that of the dense network.
    """
    for path in folder.glob("*.keras"):
        file = path.with_suffix(".tflite")
        if not file.exists():
            export_tflite(keras.saving.load_model(path), file, strip=False)
    return timed({x.stem: x for x in folder.glob("*.tflite")})


def timed(files: dict[str, Path]) -> Figures:
    """Times files, which take turns, with one thread.

    Returns:
        Medians in milliseconds, and over that of the first of them: the one
        that is called dense, if there is one.
    """
    names = sorted(files, key=lambda name: (name != DENSE, name))
    report = measure_latency(
        [files[name] for name in names], runs=RUNS, warmup=WARM_UP
    )
    figures: dict[str, float] = {}
    for name, file, ratio in zip(
        names, report.files, report.ratios(), strict=True
    ):
        figures[f"latency_ms_{name}"] = file.median
        if name != names[0]:
            figures[f"latency_ratio_{name}"] = ratio
    return figures
