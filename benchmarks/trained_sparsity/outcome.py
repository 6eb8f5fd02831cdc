"""What one seed of an experiment gives: figures, and networks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import keras

import tfprune
from tfprune.export import export_tflite, measure_latency

Figures: TypeAlias = Mapping[str, float]
DENSE = "dense"
"""Name of the network that the others are compared with."""


@dataclass(frozen=True)
class Outcome:
    """What one seed gives.

    Attributes:
        figures: What was measured, by name.
        networks: `"dense"`, as large as before, and what became of it.
    """

    figures: Figures
    networks: Mapping[str, keras.Model]

    def sizes(self) -> dict[str, float]:
        """MACs and parameters of each network."""
        sizes: dict[str, float] = {}
        for name, network in self.networks.items():
            profile = tfprune.profile(network)
            sizes[f"macs_{name}"] = profile.macs
            sizes[f"parameters_{name}"] = network.count_params()
        return sizes

    def export(self, folder: Path) -> None:
        """Writes each network as a float32 file `<name>.tflite`."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, network in self.networks.items():
            export_tflite(network, folder / f"{name}.tflite", strip=False)


def latencies(folder: Path, names: Iterable[str], runs: int) -> Figures:
    """Times the files of a seed, which take turns, with one thread.

    Returns:
        Medians in milliseconds, and over that of the dense network.
    """
    names = sorted(names, key=lambda name: name != DENSE)
    report = measure_latency(
        [folder / f"{name}.tflite" for name in names], runs=runs, warmup=20
    )
    figures: dict[str, float] = {}
    for name, file, ratio in zip(
        names, report.files, report.ratios(), strict=True
    ):
        figures[f"latency_ms_{name}"] = file.median
        if name != DENSE:
            figures[f"latency_ratio_{name}"] = ratio
    return figures
