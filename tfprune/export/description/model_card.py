"""A page on a model for people."""

from collections.abc import Sequence

from tfprune.export.description.measured_latency import MeasuredLatency
from tfprune.export.description.model_facts import ModelFacts
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.inspection.macs import count_macs
from tfprune.export.inspection.operator_count import count_operators
from tfprune.export.running.tensor_info import TensorInfo
from tfprune.export.targets import TARGETS, check


def write_card(
    facts: ModelFacts,
    model: FlatbufferModel,
    *,
    file_name: str,
    num_bytes: int,
    checksum: str,
    latency: MeasuredLatency | None = None,
) -> str:
    """The page as Markdown.

    Args:
        facts: What was said of the model.
        model: The model.
        file_name: Name of the file.
        num_bytes: Its size.
        checksum: Its SHA-256 in hexadecimal digits.
        latency: How long it takes; None where that was not measured.
    """
    macs = sum(count_macs(operator) or 0 for operator in model.operators)
    parts = [
        f"# {facts.name} {facts.version}",
        rows(
            ("", ""),
            [
                ("file", f"`{file_name}`"),
                ("bytes", f"{num_bytes:,}"),
                ("SHA-256", f"`{checksum}`"),
                ("multiply-accumulates of a run", f"{macs:,}"),
                ("oldest TensorFlow Lite", model.min_runtime or "unknown"),
            ],
        ),
        "## Inputs",
        ends(list(map(TensorInfo.of, model.main.inputs))),
        *preparation(facts),
        "## Outputs",
        ends(list(map(TensorInfo.of, model.main.outputs))),
        *classes(facts),
        "## Where it runs",
        rows(("target", "verdict"), verdicts(model)),
        *times(latency),
        "## Operators",
        rows(
            ("operator", "version", "count"),
            [
                (item.name, str(item.version), str(item.count))
                for item in count_operators(model)
            ],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def ends(tensors: Sequence[TensorInfo]) -> str:
    """A table of inputs or outputs."""
    return rows(
        ("name", "shape", "type", "real value"),
        [
            (
                f"`{tensor.name}`",
                " x ".join(map(str, tensor.shape)),
                tensor.dtype,
                "as stored"
                if tensor.scale is None
                else f"{tensor.scale:.8g} * (stored - {tensor.zero_point})",
            )
            for tensor in tensors
        ],
    )


def preparation(facts: ModelFacts) -> list[str]:
    """What an app does with its data before it goes in."""
    found = []
    if facts.input_kind is not None:
        found.append(f"The first input is of the kind {facts.input_kind}.")
    if facts.mean:
        mean = ", ".join(f"{number:g}" for number in facts.mean)
        std = ", ".join(f"{number:g}" for number in facts.std)
        found.append(
            f"Give it `(value - mean) / std` with mean {mean} and std {std}."
        )
    return found


def classes(facts: ModelFacts) -> list[str]:
    """The labels by number."""
    if not facts.labels:
        return []
    numbered = [(str(i), label) for i, label in enumerate(facts.labels)]
    return [rows(("class", "label"), numbered)]


def times(latency: MeasuredLatency | None) -> list[str]:
    """How long a run takes, and where that was measured."""
    if latency is None:
        return []
    return [
        "## How long it takes",
        f"Measured with {latency.runtime} on: {latency.machine}.",
        rows(
            ("threads", "median of a run", "8 of 10 runs took", "runs"),
            latency.rows(),
        ),
    ]


def verdicts(model: FlatbufferModel) -> list[tuple[str, str]]:
    """What each target makes of the model."""
    reports = [check(model, name) for name in TARGETS.names()]
    return [
        (
            report.title,
            f"{report.judgement()}: "
            f"{len(report.operators) - len(report.refused)} of "
            f"{len(report.operators)} operators",
        )
        for report in reports
    ]


def rows(heading: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heading, ["---"] * len(heading), *body]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', '/') for cell in line)} |"
        for line in lines
    )
