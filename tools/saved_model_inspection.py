"""The work of `tfprune inspect` on a SavedModel."""

from dataclasses import dataclass

from tfprune.export import inspect_saved_model
from tfprune.tools.inspection_output import InspectionOutput


@dataclass(frozen=True)
class SavedModelInspection:
    """Prints what a SavedModel holds.

    Attributes:
        path: The folder.
        output: Where the result goes.
    """

    path: str
    output: InspectionOutput

    def run(self) -> None:
        """Reads and prints."""
        self.output.check()
        summary = inspect_saved_model(self.path)
        self.output.show(summary, summary.to_json())
