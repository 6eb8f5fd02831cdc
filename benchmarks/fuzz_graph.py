"""Random networks with random channels removed, compared with them masked.

A seed names a network, its weights and its mask. Composite networks are run
twice: flattened where that changes nothing, and with their layers kept. One in
four of the smaller models is saved and loaded before it is compared. Networks
whose output does not respond to their input prove nothing and are left out.

    PYTHONPATH=. python benchmarks/fuzz_graph.py --examples=1000 --seed=0

A failure is printed with the command that runs it alone.
"""

import os
import platform
import time
from dataclasses import asdict, dataclass, field

import keras
import numpy as np
from absl import app, flags
from result_file import write_result

import tfprune
from tests.graph.random_networks import (
    FAMILIES,
    RESPONSE,
    outcome,
    random_network,
    seeded,
)
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_integer("examples", 300, "Networks of each family.")
flags.DEFINE_integer("seed", 0, "Seed of the first network.")
flags.DEFINE_multi_enum(
    "family", list(FAMILIES), list(FAMILIES), "Kinds of networks."
)
flags.DEFINE_string(
    "output",
    "benchmarks/results/fuzz_graph.json",
    "JSON file of the figures; empty for none.",
)

TOLERANCE = 1e-5
PROGRESS_SECONDS = 30


@dataclass
class Tally:
    """What the networks of one family showed.

    Attributes:
        examples: Networks drawn.
        removals: Smaller models compared.
        unresponsive: Removals left out, since their output does not respond.
        failures: For each removal that failed, how to run it and what it did.
        worst_difference: Largest relative difference of those that did not.
        prunable: Fraction of the channels that is prunable, by network.
        seconds: Wall time.
    """

    examples: int = 0
    removals: int = 0
    unresponsive: int = 0
    failures: list[dict[str, object]] = field(default_factory=list)
    worst_difference: float = 0.0
    prunable: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def content(self) -> dict[str, object]:
        """The figures as plain data."""
        figures = asdict(self)
        fractions = figures.pop("prunable")
        return {
            **figures,
            "mean_prunable": float(np.mean(fractions)) if fractions else 0.0,
        }


def fuzz(family: str, seeds: range) -> Tally:
    """Runs the networks of a family and prints progress."""
    tally = Tally()
    start = shown = time.perf_counter()
    for seed in seeds:
        run(family, seed, tally)
        tally.seconds = time.perf_counter() - start
        if time.perf_counter() - shown > PROGRESS_SECONDS:
            shown = time.perf_counter()
            print(
                f"{family}: {tally.examples} of {len(seeds)} networks, "
                f"{len(tally.failures)} failures, {tally.seconds:.0f} s",
                flush=True,
            )
    return tally


def run(family: str, seed: int, tally: Tally) -> None:
    """Runs one network."""
    model = random_network(family, seeded(seed))
    tally.examples += 1
    for flatten in (None, False) if family == "composites" else (None,):
        tally.removals += 1
        try:
            found = outcome(model, seed, flatten, saved=seed % 4 == 0)
        except Exception as error:
            text = str(error).strip() or "no message"
            failed = f"{type(error).__name__}: {text}"
        else:
            if flatten is None:
                tally.prunable.append(found.prunable)
            if found.response < RESPONSE:
                tally.unresponsive += 1
                continue
            if found.relative < TOLERANCE:
                tally.worst_difference = max(
                    tally.worst_difference, found.relative
                )
                continue
            failed = f"difference {found.relative:.2g}"
        tally.failures.append(
            {"seed": seed, "flatten": flatten, "failure": failed}
        )
        report(family, seed, model, flatten, failed)


def report(
    family: str,
    seed: int,
    model: keras.Model,
    flatten: bool | None,
    failed: str,
) -> None:
    """Prints a failure, how to run it alone, and what was traced."""
    print(f"\n{family} {seed}, flatten={flatten}: {failed}")
    print(
        "    PYTHONPATH=. python benchmarks/fuzz_graph.py "
        f"--family={family} --seed={seed} --examples=1 --output="
    )
    try:
        print(tfprune.trace(model, flatten=flatten), flush=True)
    except Exception as error:
        print(f"    It cannot be traced: {error}", flush=True)


def table(tallies: dict[str, Tally]) -> str:
    rows: list[list[object]] = [
        [
            family,
            x.examples,
            x.removals,
            x.unresponsive,
            len(x.failures),
            f"{x.worst_difference:.1e}",
            f"{x.content()['mean_prunable']:.2f}",
            f"{x.seconds:.0f}",
        ]
        for family, x in tallies.items()
    ]
    columns = [
        "family",
        "networks",
        "removals",
        "no response",
        "failures",
        "worst difference",
        "prunable",
        "seconds",
    ]
    return render_table("Removed against masked", columns, rows)


def main(argv: list[str]) -> None:
    """Runs every family, prints a table and writes the figures."""
    if argv[1:]:
        raise app.UsageError(f"Expected only flags. Received: {argv[1]}")
    seeds = range(FLAGS.seed, FLAGS.seed + FLAGS.examples)
    tallies = {family: fuzz(family, seeds) for family in FLAGS.family}
    print(table(tallies))
    if not FLAGS.output:
        return
    content = {
        "command": f"PYTHONPATH=. python benchmarks/fuzz_graph.py "
        f"--examples={FLAGS.examples} --seed={FLAGS.seed}",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "keras": f"{keras.version()} on {keras.backend.backend()}",
        "tolerance": TOLERANCE,
        "families": {family: x.content() for family, x in tallies.items()},
    }
    write_result(FLAGS.output, content)


if __name__ == "__main__":
    app.run(main)
