"""What `zoo.py` writes of its networks: pass or fail, summary, table."""

import math
import statistics
from typing import Any

from tfprune.table import render_table

TOLERANCE = 1e-4
TARGETS = {"median_ratio": 1.3, "worst_ratio": 2.5, "worst_memory_ratio": 3.0}
REPOSITORY = "https://github.com/VainF/Torch-Pruning/blob"
TORCH_PRUNING = {
    "passed": "77 of 85 networks of torchvision 0.13.1, later 81 of 85",
    "method": (
        "half of the channels by L1 norm, random weights; passed means that "
        "pruner.step() and one forward pass after it raised nothing; outputs "
        "are compared with nothing, and nothing is saved or trained"
    ),
    "machine": "not named; PyTorch 1.12.1; no times are given",
    "sources": [
        f"{REPOSITORY}/04b07be4ba7b49fb53e8fbb26cd8369585dc185d"
        "/benchmarks/prunability/readme.md",
        f"{REPOSITORY}/01aada281c82003987cd9f10243451420cfb5f20"
        "/benchmarks/prunability/torchvision_pruning.py",
        f"{REPOSITORY}/44b625ae252531d1abde626980d44105bd2b7303"
        "/examples/timm_models/readme.md",
    ],
}


def passed(record: dict[str, Any]) -> bool:
    return (
        "failure" not in record
        and record["relative_difference"] <= TOLERANCE
        and record["reload_difference"] == 0
        and math.isfinite(record["loss"])
    )


def summary(records: dict[str, Any]) -> dict[str, Any]:
    """Counts and extremes over all networks that were timed."""
    timed = {x: y for x, y in records.items() if "ratio" in y}
    found: dict[str, Any] = {
        "passed": sum(x["passed"] for x in records.values()),
        "networks": len(records),
        "targets": TARGETS,
    }
    if timed:
        found["median_ratio"] = statistics.median(
            x["ratio"] for x in timed.values()
        )
        for key in ("ratio", "memory_ratio"):
            worst = max(timed, key=lambda name: timed[name][key])
            found[f"worst_{key}"] = timed[worst][key]
            found[f"worst_{key}_of"] = worst
    return found


def row(name: str, record: dict[str, Any]) -> list[object]:
    """One line of the table; a dash for what was not reached."""

    def cell(key: str, shape: str) -> str | None:
        value = record.get(key)
        return None if value is None else shape.format(value)

    def left(key: str) -> str | None:
        if f"{key}_left" not in record:
            return cell(key, "{:,}")
        share = record[f"{key}_left"] / record[key]
        return f"{record[key] / 1e6:,.1f}M {share:.0%}"

    return [
        name,
        left("parameters"),
        left("macs"),
        record.get("frozen_within"),
        cell("trace_seconds", "{:.2f}"),
        cell("removal_seconds", "{:.2f}"),
        cell("ratio", "{:.2f}"),
        cell("memory_ratio", "{:.2f}"),
        cell("clone_memory_ratio", "{:.2f}"),
        cell("relative_difference", "{:.1e}"),
        cell("reload_difference", "{:.1e}"),
        "pass" if record["passed"] else "FAIL",
    ]


def report(content: dict[str, Any]) -> str:
    """The table, what was frozen or failed, and the summary.

    Times are over those of a plain copy of the network, memory is over its
    weights; beside it stands the memory that the copy takes.
    """
    records, found = content["models"], content["summary"]
    columns = [
        *("network", "parameters, left", "MACs, left", "frozen within"),
        *("trace s", "removal s", "ratio", "memory", "copy's"),
        *("difference", "reload", "result"),
    ]
    title = f"Half of all channels removed, {content['machine']}"
    lines = [
        render_table(
            title, columns, map(row, records, records.values()), width=170
        )
    ]
    for name, record in records.items():
        if record.get("frozen_reasons"):
            reasons = "; ".join(record["frozen_reasons"])
            lines.append(f"{name} is frozen within: {reasons}")
        if "failure" in record:
            lines.append(f"{name} failed: {record['failure']}")
    lines.append(f"passed {found['passed']} of {found['networks']}")
    if "median_ratio" in found:
        lines += [
            "(trace + removal) / (clone_model + set_weights): "
            + ", ".join(
                extreme(x, found) for x in ("median_ratio", "worst_ratio")
            ),
            f"peak memory / weights: {extreme('worst_memory_ratio', found)}",
        ]
    peer = content["torch_pruning"]
    lines.append(
        f"Torch-Pruning, by its own account: {peer['passed']}. Method: "
        f"{peer['method']}. Machine: {peer['machine']}. {peer['sources'][0]}"
    )
    return "\n".join(lines)


def extreme(key: str, found: dict[str, Any]) -> str:
    """A figure of the summary beside its target."""
    word, name = key.partition("_")[0], found.get(f"{key}_of")
    of = f" of {name}" if name else ""
    return f"{word} {found[key]:.2f}{of} (target at most {TARGETS[key]})"
