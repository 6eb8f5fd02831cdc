"""What came out of describing a file."""

from dataclasses import dataclass

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
    """

    path: str
    card_path: str
    checksum_path: str
    num_bytes: int
    checksum: str
    min_runtime: str | None
    facts: ModelFacts
    raised_versions: int

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
                f"{self.card_path}: the model card",
                f"{self.checksum_path}: SHA-256 {self.checksum}",
            ]
        )
