"""What an experiment is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from experiments.latency import latencies
from experiments.outcome import Figures, Outcome
from tfprune.models.data import Dataset
from tfprune.registry import Registry


@dataclass(frozen=True)
class Experiment:
    """One training that is to reach figures of a paper.

    Attributes:
        claim: One line: what is trained, and what the paper reports.
        dataset: Name of the data set.
        settings: Everything that was chosen, as plain data. Figures that were
            measured with other settings are measured anew.
        run: From a seed, the data set and the settings to what comes out.
        measure_files: From the folder of the networks and the data set to
            figures of their `.tflite` files.
        at_most: Figures whose mean over the seeds may be this large.
        at_least: Figures whose mean over the seeds may be this small.
        paper: What the paper reports of them.
    """

    claim: str
    dataset: str
    settings: Mapping[str, Any]
    run: Callable[[int, Dataset, Mapping[str, Any]], Outcome]
    measure_files: Callable[[Path, Dataset], Figures] = latencies
    at_most: Figures = field(default_factory=dict)
    at_least: Figures = field(default_factory=dict)
    paper: Figures = field(default_factory=dict)

    def accepts(self, mean: Figures) -> bool:
        """Whether the means of all figures lie within what is demanded."""
        return all(
            mean.get(x, float("inf")) <= most
            for x, most in self.at_most.items()
        ) and all(
            mean.get(x, float("-inf")) >= least
            for x, least in self.at_least.items()
        )


Experiments: TypeAlias = Registry[Experiment]
"""Functions without arguments that return an experiment, by name."""
