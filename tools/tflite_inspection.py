"""The work of `tfprune inspect` on a `.tflite` file."""

from dataclasses import dataclass

from tfprune.export import dump, inspect_tflite, read_tflite
from tfprune.tools.inspection_output import InspectionOutput


@dataclass(frozen=True)
class TfliteInspection:
    """Prints what a `.tflite` file holds.

    Attributes:
        path: The file.
        output: Where the result goes.
        operators: Whether to print every operator with all that it says.
    """

    path: str
    output: InspectionOutput
    operators: bool

    def run(self) -> None:
        """Reads and prints."""
        self.output.check()
        summary = inspect_tflite(self.path)
        tables = str(summary)
        if self.operators:
            tables = f"{tables}\n\n{dump(read_tflite(self.path))}"
        self.output.show(tables, summary.to_json())
