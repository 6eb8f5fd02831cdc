"""Trains models sparse, as papers did, and holds the figures against theirs.

One experiment trains once for each seed and writes what came out after each,
so a run that was stopped goes on where it was. The last line says whether the
means over the seeds lie within what is demanded. To add one, write a file in
`benchmarks/trained_sparsity/` and import it there.

    python benchmarks/trained_sparsity.py --experiment=l0_mlp --seeds=3
"""

import json
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from absl import app, flags
from result_file import write_result
from trained_sparsity import EXPERIMENTS, Experiment

from tfprune.models import data
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "experiment", None, f"One of: {', '.join(EXPERIMENTS.names())}."
)
flags.DEFINE_integer("seeds", 3, "Number of seeds, from 0 on.", lower_bound=1)
flags.DEFINE_string("data_dir", None, "Folder of the data sets' .npz files.")
flags.DEFINE_string("output_dir", "benchmarks/results", "Folder of the JSON.")
flags.mark_flag_as_required("experiment")


def finished(output: Path, experiment: Experiment) -> dict[str, Any]:
    """The seeds that an earlier run with the same settings has measured."""
    if not output.exists():
        return {}
    content = json.loads(output.read_text(encoding="utf-8"))
    same = content["settings"] == dict(experiment.settings)
    return content["seeds"] if same else {}


def means(seeds: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The mean of each figure over the seeds."""
    rows = list(seeds.values())
    return {
        name: statistics.mean(row[name] for row in rows) for name in rows[0]
    }


def show(experiment: Experiment, content: Mapping[str, Any]) -> None:
    rows = [*content["seeds"].items(), ("mean", content["mean"])]
    limits = {
        **{x: f"<= {most:g}" for x, most in experiment.at_most.items()},
        **{x: f">= {least:g}" for x, least in experiment.at_least.items()},
    }
    print(
        render_table(
            experiment.claim,
            ["", *(name for name, _ in rows)] + ["demanded"],
            [
                (figure, *(row[figure] for _, row in rows), limits.get(figure))
                for figure in content["mean"]
            ],
        )
    )
    print("reached" if content["reached"] else "NOT reached")


def main(_: list[str]) -> None:
    experiment = EXPERIMENTS.get(FLAGS.experiment)
    dataset = data.load(experiment.dataset, FLAGS.data_dir)
    folder = Path(FLAGS.output_dir)
    output = folder / f"trained_sparsity_{FLAGS.experiment}.json"
    seeds = finished(output, experiment)
    for seed in range(FLAGS.seeds):
        if str(seed) not in seeds:
            start = time.perf_counter()
            figures = experiment.run(seed, dataset, experiment.settings)
            seconds = round(time.perf_counter() - start)
            seeds[str(seed)] = {**figures, "seconds": seconds}
        mean = means(seeds)
        content = {
            "experiment": FLAGS.experiment,
            "claim": experiment.claim,
            "settings": dict(experiment.settings),
            "seeds": seeds,
            "mean": mean,
            "reached": experiment.accepts(mean),
        }
        write_result(output, content)
    show(experiment, content)


if __name__ == "__main__":
    app.run(main)
