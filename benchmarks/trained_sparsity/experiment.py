"""What an experiment of trained sparsity is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tfprune.models.data import Dataset
from tfprune.registry import Registry
from trained_sparsity.outcome import Figures, Outcome


@dataclass(frozen=True)
class Experiment:
    """One training that is to reach figures of a paper.

    Attributes:
        claim: One line: what is trained, and what the paper reports.
        dataset: Name of the data set.
        settings: Everything that was chosen, as plain data. Figures that were
            measured with other settings are measured anew.
        run: From a seed, the data set and the settings to what comes out.
        at_most: Figures whose mean over the seeds may be this large.
        at_least: Figures whose mean over the seeds may be this small.
        paper: What the paper reports of them.
    """

    claim: str
    dataset: str
    settings: Mapping[str, Any]
    run: Callable[[int, Dataset, Mapping[str, Any]], Outcome]
    at_most: Figures = field(default_factory=dict)
    at_least: Figures = field(default_factory=dict)
    paper: Figures = field(default_factory=dict)

    def accepts(self, mean: Figures) -> bool:
        """Whether the means of all figures lie within what is demanded."""
        return all(mean[x] <= most for x, most in self.at_most.items()) and all(
            mean[x] >= least for x, least in self.at_least.items()
        )


EXPERIMENTS: Registry[Experiment] = Registry("experiment")
"""Functions without arguments that return an experiment, by name."""
