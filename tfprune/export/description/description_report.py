"""What came out of describing a file."""

from dataclasses import dataclass

from tfprune.export.description.measured_latency import MeasuredLatency
from tfprune.export.description.model_facts import ModelFacts


@dataclass(frozen=True)
class DescriptionReport:
    """The files that describe a model.

    Args:
        path: The `.tflite` file, with its metadata.
        card_path: The page for people, beside it.
        checksum_path: The file that `sha256sum -c` checks it by.
        num_bytes: Size of the `.tflite` file.
        checksum: Its SHA-256 in hexadecimal digits.
        min_runtime: The oldest TensorFlow Lite that runs it.
        facts: What was written into it.
        raised_versions: Number of operators whose version was too low.
        latency: How long it takes; None where that was not measured.
    """

    path: str
    card_path: str
    checksum_path: str
    num_bytes: int
    checksum: str
    min_runtime: str | None
    facts: ModelFacts
    raised_versions: int
    latency: MeasuredLatency | None = None

    def __str__(self) -> str:
        """The report in a few lines."""
        facts = self.facts
        return "\n".join(
            [
                f"{self.path}: {self.num_bytes:,} bytes, for TensorFlow Lite "
                f"{self.min_runtime or '(unknown)'} or newer",
                f"  {facts.name} {facts.version}, {len(facts.labels)} labels, "
                f"input: {facts.input_kind or 'of no stated kind'}, "
                f"{'normalized' if facts.mean else 'not normalized'}",
                *self.times(),
                f"{self.card_path}: the model card",
                f"{self.checksum_path}: SHA-256 {self.checksum}",
            ]
        )

    def times(self) -> list[str]:
        """How long a run takes, one line for each number of threads."""
        if self.latency is None:
            return []
        return [
            f"  {median} on {threads} thread(s) of {self.latency.machine}, "
            f"{self.latency.runtime}"
            for threads, median, *_ in self.latency.rows()
        ]
