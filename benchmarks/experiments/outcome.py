"""What one seed of an experiment gives: figures, and networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import keras

import tfprune

Figures: TypeAlias = Mapping[str, float]


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

    def save(self, folder: Path) -> None:
        """Writes each network as `<name>.keras`, in place of earlier ones."""
        folder.mkdir(parents=True, exist_ok=True)
        for suffix in ("keras", "tflite"):
            for path in folder.glob(f"*.{suffix}"):
                path.unlink()
        for name, network in self.networks.items():
            network.save(folder / f"{name}.keras")
