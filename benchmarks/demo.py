"""What `tfprune demo` reaches, and in what time, over several seeds.

  python benchmarks/demo.py --seeds=0,1,2

Claims: at least 60% of the MACs are removed, and the mean test accuracy stays
within a percentage point of the network trained as long without a penalty;
int8 stays within half a point of float32; a run takes less than three minutes
on two cores. The settings of the demo were found on a part of the train split
that was held out.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import app, flags
from result_file import write_result

from tfprune.table import render_table

SEEDS = flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds to run.")
OUTPUT = flags.DEFINE_string(
    "output",
    str(Path(__file__).parent / "results" / "demo.json"),
    "The JSON file to write.",
)
COLUMNS = {
    "macs_removed": ("MACs removed", "{:.1%}"),
    "parameters_removed": ("parameters removed", "{:.1%}"),
    "baseline_accuracy": ("baseline", "{:.2%}"),
    "float32_accuracy": ("stripped float32", "{:.2%}"),
    "int8_accuracy": ("stripped int8", "{:.2%}"),
    "float32_bytes_ratio": ("float32 bytes", "{:.2f}x"),
    "int8_bytes_ratio": ("int8 bytes", "{:.2f}x"),
    "float32_latency_ratio": ("float32 time", "{:.2f}x"),
    "int8_latency_ratio": ("int8 time", "{:.2f}x"),
    "seconds": ("seconds", "{:.0f}"),
}


def run_demo(seed: str) -> dict[str, float]:
    """Runs the demo in a process of its own and picks its figures."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        subprocess.run(
            [
                *(sys.executable, "-m", "tfprune_console", "demo"),
                *(f"--output_dir={folder}", f"--seed={seed}"),
            ],
            check=True,
        )
        seconds = time.monotonic() - start
        text = (Path(folder) / "report.json").read_text(encoding="utf-8")
    return {**figures(json.loads(text)), "seconds": seconds}


def figures(report: dict[str, Any]) -> dict[str, float]:
    """The figures of one run that are compared."""
    baseline, float32, int8 = report["variants"]
    found = {
        "macs_removed": report["macs_removed"],
        "parameters_removed": report["parameters_removed"],
        "baseline_accuracy": baseline["accuracy"],
        "baseline_latency_ms": baseline["latency_ms"],
    }
    for name, variant in (("float32", float32), ("int8", int8)):
        found |= {
            f"{name}_accuracy": variant["accuracy"],
            f"{name}_bytes_ratio": variant["num_bytes"] / baseline["num_bytes"],
            f"{name}_latency_ratio": variant["latency_ratio"],
        }
    return found


def main(argv: Sequence[str]) -> None:
    """Runs all seeds, prints a table and writes the results."""
    if argv[1:]:
        raise app.UsageError(f"Expected only flags. Received: {argv[1]}")
    runs = {seed: run_demo(seed) for seed in SEEDS.value}
    mean = {
        name: float(np.mean([run[name] for run in runs.values()]))
        for name in next(iter(runs.values()))
    }
    rows = [
        (name, *(shape.format(run[key]) for key, (_, shape) in COLUMNS.items()))
        for name, run in [*runs.items(), ("mean", mean)]
    ]
    heads = [head for head, _ in COLUMNS.values()]
    print(
        render_table(
            f"tfprune demo on {os.cpu_count()} cores; ratios to the baseline",
            ["seed", *heads],
            rows,
            width=150,
        )
    )
    content = {
        "command": "tfprune demo",
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "runs": runs,
        "mean": mean,
    }
    write_result(OUTPUT.value, content)


if __name__ == "__main__":
    app.run(main)
