"""What the controller gives against strengths by hand, at the same MACs.

A strength that is set by hand leaves more or fewer MACs than were wanted, so
errors are not compared as they are. For each seed the errors of the five
networks by hand, and of the dense one, are joined by lines over the logarithm
of the MACs; each network of the controller is held against the line at its own
MACs. Networks by hand that collapsed are left out.

    python benchmarks/controller_curve.py
"""

import json
import statistics
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from absl import app, flags
from result_file import write_result

from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_string("input_dir", "benchmarks/results", "Folder of the JSON.")
flags.DEFINE_string(
    "output", "benchmarks/results/controller_curve.json", "JSON of figures."
)

BUDGETS = (70, 50, 30, 20, 10)
COLLAPSED = 50.0
"""Percent of wrong classes from which a network counts as collapsed."""

Seeds = Mapping[str, Mapping[str, float]]


def seeds_of(name: str) -> Seeds:
    """The figures of an experiment, by seed."""
    path = Path(FLAGS.input_dir) / f"trained_sparsity_{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))["seeds"]


def line(
    seed: str, dense: Seeds, budgets: Mapping[int, Seeds]
) -> tuple[list[float], list[float]]:
    """MACs and errors of a seed by hand, the fewest MACs first."""
    points = [(dense[seed]["macs_dense"], dense[seed]["error_percent"])]
    for seeds in budgets.values():
        figures = seeds[seed]
        error = figures["by_hand_error_percent"]
        if error < COLLAPSED:
            points.append((figures["macs_by_hand"], error))
    macs, errors = zip(*sorted(points), strict=True)
    return list(macs), list(errors)


def main(_: list[str]) -> None:
    dense = seeds_of("controller_dense")
    budgets = {x: seeds_of(f"controller_{x}") for x in BUDGETS}
    rows, content = [], {}
    for budget, seeds in budgets.items():
        lost = {}
        for seed, figures in seeds.items():
            macs, errors = line(seed, dense, budgets)
            place = np.log(figures["macs_small"])
            by_hand = float(np.interp(place, np.log(macs), errors))
            lost[seed] = figures["error_percent"] - by_hand
        mean = statistics.mean(lost.values())
        content[str(budget)] = {"points_lost": lost, "mean": mean}
        rows.append(
            (f"{budget}%", *(f"{x:.2f}" for x in (*lost.values(), mean)))
        )
    write_result(Path(FLAGS.output), content)
    columns = ["budget", *dense, "mean"]
    print(render_table("Points lost to strengths by hand", columns, rows))


if __name__ == "__main__":
    app.run(main)
