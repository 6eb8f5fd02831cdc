"""From two Keras models to files, measurements and one report."""

import importlib.metadata
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

import tfprune
from tfprune.atomic_file import atomic_path
from tfprune.export import (
    ExportReport,
    LatencyReport,
    evaluate_tflite,
    export_tflite,
    measure_latency,
)
from tfprune.models.data import Dataset
from tfprune.tools.result import Result
from tfprune.tools.status import say
from tfprune.tools.variant import Variant
from tfprune.tools.width_plot import plot_widths

BASELINE = "baseline.tflite"
LATENCY_RUNS = 200
PACKAGES = ("tfprune", "keras", "tensorflow", "ai-edge-litert", "numpy")


@dataclass(frozen=True)
class Delivery:
    """Exports a network before and after, measures both, and reports.

    Attributes:
        title: What was done, for the table and the plot.
        before: The network as it was.
        after: The smaller one.
        adjective: What it is called: `"stripped"` or `"pruned"`.
        data: Train split to calibrate on, test split to measure on.
        modes: Names of the quantization modes of the smaller network.
        folder: Where the files go.
        settings: What to keep with the numbers.
    """

    title: str
    before: keras.Model
    after: keras.Model
    adjective: str
    data: Dataset
    modes: Sequence[str]
    folder: Path
    settings: Mapping[str, Any]

    def run(self) -> Result:
        """Writes all files, `report.json` last.

        Returns:
            The result that the report holds.
        """
        tfprune.save_model(
            self.after, self.folder / "model.keras", include_optimizer=False
        )
        say("Exporting and verifying .tflite files")
        exports = [self.export(self.before, BASELINE, "float32")]
        exports += [
            self.export(self.after, f"model_{mode}.tflite", mode)
            for mode in self.modes
        ]
        say("Measuring test accuracy and latency")
        result = self.result(exports, self.latency(exports))
        plot_widths(
            self.folder / "widths.png",
            self.title,
            result.widths_before,
            result.widths_after,
        )
        with atomic_path(self.folder / "report.json") as temporary:
            text = json.dumps(result.as_dict(), indent=2)
            temporary.write_text(text, encoding="utf-8")
        return result

    def export(self, model: keras.Model, name: str, mode: str) -> ExportReport:
        """Writes one `.tflite` file and passes its warnings on."""
        report = export_tflite(
            model,
            self.folder / name,
            quantize=mode,
            representative_data=self.data.x_train,
            input_shape=self.data.input_shape,
        )
        for warning in report.warnings:
            say(f"Warning ({name}): {warning}")
        return report

    def latency(self, exports: Sequence[ExportReport]) -> LatencyReport:
        """Times all files in turn."""
        return measure_latency(
            [report.path for report in exports], runs=LATENCY_RUNS
        )

    def result(
        self, exports: Sequence[ExportReport], latency: LatencyReport
    ) -> Result:
        """Puts the measurements side by side."""
        before, after = map(tfprune.profile, (self.before, self.after))
        costs = [before] + [after] * len(self.modes)
        names = ["baseline float32"]
        names += [f"{self.adjective} {mode}" for mode in self.modes]
        return Result(
            title=self.title,
            variants=tuple(
                Variant(
                    name=name,
                    file=Path(export.path).name,
                    parameters=cost.parameters,
                    macs=cost.macs,
                    num_bytes=export.num_bytes,
                    accuracy=self.accuracy(export.path),
                    latency_ms=times.median,
                    latency_ratio=ratio,
                )
                for name, cost, export, times, ratio in zip(
                    names,
                    costs,
                    exports,
                    latency.files,
                    latency.ratios(),
                    strict=True,
                )
            ),
            widths_before=widths(self.before),
            widths_after=widths(self.after),
            details={
                "settings": dict(self.settings),
                "data": repr(self.data),
                "latency_runs": LATENCY_RUNS,
                "latency_threads": latency.num_threads,
                "machine": platform.machine(),
                "versions": {
                    name: importlib.metadata.version(name) for name in PACKAGES
                },
                "exports": [export.as_dict() for export in exports],
            },
        )

    def accuracy(self, path: str) -> float:
        """Share of the test split that a file classifies right."""
        scores = evaluate_tflite(path, self.data.x_test)
        return float(np.mean(scores.argmax(axis=1) == self.data.y_test))


def widths(model: keras.Model) -> dict[str, int]:
    """Channels of each layer that has its own, by its path.

    A layer that was taken out of a composite one has the dots of its name for
    the slashes of its path.
    """
    return {
        x.name.replace(".", "/"): x.count
        for x in tfprune.trace(model).producers
    }
