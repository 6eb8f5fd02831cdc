"""Runs an experiment seed by seed, and holds the means against a paper's."""

import json
import statistics
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from absl import app, flags
from result_file import write_result

from experiments.experiment import Experiment, Experiments
from tfprune.models import data
from tfprune.models.data import Dataset, validation_split
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_string("experiment", None, "Name of the experiment.")
flags.DEFINE_integer("seeds", 3, "Number of seeds, from 0 on.", lower_bound=1)
flags.DEFINE_string("data_dir", None, "Folder of the data sets' .npz files.")
flags.DEFINE_string("output_dir", "benchmarks/results", "Folder of the JSON.")
flags.DEFINE_string("models_dir", "benchmarks/runs", "Folder of the networks.")
flags.DEFINE_boolean("files", True, "Whether to measure the .tflite files.")
flags.DEFINE_integer(
    "validation",
    None,
    "Train images to measure on in place of the test images.",
    lower_bound=1,
)
flags.DEFINE_string(
    "settings", "{}", "JSON of settings to try; only with --validation."
)


def run(experiments: Experiments, benchmark: str) -> None:
    """Runs the experiment that the flags name, or goes on with it.

    Args:
        experiments: To choose from.
        benchmark: What the names of JSON files begin with.
    """
    if FLAGS.experiment is None:
        raise app.UsageError(
            f"Give --experiment, one of: {', '.join(experiments.names())}."
        )
    experiment = experiments.get(FLAGS.experiment)
    dataset = data.load(experiment.dataset, FLAGS.data_dir)
    if FLAGS.validation is not None:
        tune(experiment, dataset)
        return
    if FLAGS.settings != "{}":
        raise app.UsageError("Give --settings together with --validation.")
    output = Path(FLAGS.output_dir) / f"{benchmark}_{FLAGS.experiment}.json"
    seeds = finished(output, experiment)

    def record(seed: int, figures: Mapping[str, float]) -> dict[str, Any]:
        seeds[str(seed)] = figures
        mean = means(seeds)
        content = {
            "experiment": FLAGS.experiment,
            "claim": experiment.claim,
            "settings": dict(experiment.settings),
            "paper": dict(experiment.paper),
            "at_most": dict(experiment.at_most),
            "at_least": dict(experiment.at_least),
            "seeds": seeds,
            "mean": mean,
            "reached": experiment.accepts(mean),
        }
        write_result(output, content)
        return content

    folders = {
        seed: Path(FLAGS.models_dir) / FLAGS.experiment / str(seed)
        for seed in range(FLAGS.seeds)
    }
    for seed, folder in folders.items():
        if str(seed) not in seeds:
            record(seed, measured(experiment, seed, dataset, folder))
    for seed, folder in folders.items():
        figures = seeds[str(seed)]
        if not FLAGS.files or any(x.startswith("latency") for x in figures):
            continue
        if folder.is_dir():
            files = experiment.measure_files(folder, dataset)
            record(seed, {**figures, **files})
        else:
            print(f"No files of seed {seed}: there is no folder {folder}.")
    show(experiment, record(0, seeds["0"]))


def finished(output: Path, experiment: Experiment) -> dict[str, Any]:
    """The seeds that an earlier run with the same settings has measured."""
    if not output.exists():
        return {}
    content = json.loads(output.read_text(encoding="utf-8"))
    same = content["settings"] == dict(experiment.settings)
    return content["seeds"] if same else {}


def held_back(dataset: Dataset, size: int) -> Dataset:
    """A data set whose test images are `size` images of the train split."""
    (x_train, y_train), (x_test, y_test) = validation_split(dataset, size)
    return replace(
        dataset, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test
    )


def measured(
    experiment: Experiment, seed: int, dataset: Dataset, folder: Path | None
) -> dict[str, float]:
    """The figures of one seed, and how long it took.

    Args:
        experiment: What is run.
        seed: Of weights, batches and draws.
        dataset: What is trained and measured on.
        folder: Where the networks go; none when they are not wanted.
    """
    start = time.perf_counter()
    outcome = experiment.run(seed, dataset, experiment.settings)
    seconds = round(time.perf_counter() - start)
    if folder is not None:
        outcome.save(folder)
    return {**outcome.figures, **outcome.sizes(), "seconds": seconds}


def means(seeds: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The mean of each figure over the seeds, of those that all have."""
    rows = list(seeds.values())
    return {
        name: statistics.mean(row[name] for row in rows)
        for name in rows[0]
        if all(name in row for row in rows)
    }


def show(experiment: Experiment, content: Mapping[str, Any]) -> None:
    """Prints the figures of all seeds beside the paper's."""
    rows = [*content["seeds"].items(), ("mean", content["mean"])]
    limits = {
        **{x: f"<= {most:g}" for x, most in experiment.at_most.items()},
        **{x: f">= {least:g}" for x, least in experiment.at_least.items()},
    }
    print(
        render_table(
            experiment.claim,
            ["", "paper", "accept", *(name for name, _ in rows)],
            [
                (
                    figure,
                    experiment.paper.get(figure),
                    limits.get(figure),
                    *(row.get(figure) for _, row in rows),
                )
                for figure in content["mean"]
            ],
        )
    )
    print("reached" if content["reached"] else "NOT reached")


def tune(experiment: Experiment, dataset: Dataset) -> None:
    """Prints the figures of other settings on held back train images."""
    tried = json.loads(FLAGS.settings)
    unknown = set(tried) - set(experiment.settings)
    if unknown:
        raise app.UsageError(
            f"Expected settings among {', '.join(experiment.settings)}. "
            f"Received: {', '.join(sorted(unknown))}."
        )
    trial = replace(experiment, settings={**experiment.settings, **tried})
    dataset = held_back(dataset, FLAGS.validation)
    for seed in range(FLAGS.seeds):
        print(json.dumps({**tried, "seed": seed}))
        print(json.dumps(measured(trial, seed, dataset, None)))
