"""One table of all experiments of trained sparsity, from their JSON files.

    python benchmarks/trained_sparsity_table.py

Prints Markdown: what the paper reports, what was to be reached, and the means
over the seeds that were measured, MACs and LiteRT latency (float32, 1 thread)
as parts of those of the dense network.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from absl import app, flags
from experiments import Experiment
from trained_sparsity import EXPERIMENTS

FLAGS = flags.FLAGS
flags.DEFINE_string("input_dir", "benchmarks/results", "Folder of the JSON.")

COLUMNS = (
    "experiment",
    "paper",
    "accept",
    "measured",
    "seeds",
    "MACs",
    "latency",
    "reached",
)


def numbers(figures: Mapping[str, float], signs: Mapping[str, str]) -> str:
    """Figures by name, in the order of `signs`, which come before them."""
    return ", ".join(
        f"{name.replace('_', ' ')} {sign}{figures[name]:.4g}"
        for name, sign in signs.items()
        if name in figures
    )


def shares(mean: Mapping[str, float], figure: str) -> str:
    """A figure of each smaller network over that of the dense one."""
    prefix = f"{figure}_"
    whole = mean.get(f"{prefix}dense")
    return ", ".join(
        f"{value / whole:.3f}"
        for name, value in mean.items()
        if whole and name.startswith(prefix) and name != f"{prefix}dense"
    )


def row(name: str, experiment: Experiment, content: Any) -> tuple[str, ...]:
    """The cells of one experiment."""
    mean = content["mean"]
    limits = {**experiment.at_most, **experiment.at_least}
    plain = dict.fromkeys(limits or mean, "")
    signs = {
        **dict.fromkeys(experiment.at_most, "<= "),
        **dict.fromkeys(experiment.at_least, ">= "),
    }
    return (
        name,
        numbers(experiment.paper, plain),
        numbers(limits, signs),
        numbers(mean, plain),
        str(len(content["seeds"])),
        shares(mean, "macs"),
        shares(mean, "latency_ms"),
        "yes" if content["reached"] else "no",
    )


def main(_: list[str]) -> None:
    print(f"| {' | '.join(COLUMNS)} |")
    print(f"|{' --- |' * len(COLUMNS)}")
    for name in EXPERIMENTS.names():
        path = Path(FLAGS.input_dir) / f"trained_sparsity_{name}.json"
        if path.exists():
            content = json.loads(path.read_text(encoding="utf-8"))
            cells = row(name, EXPERIMENTS.get(name), content)
            print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    app.run(main)
