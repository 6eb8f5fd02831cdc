"""The work of `tfprune check`."""

from dataclasses import dataclass

from tfprune.errors import UnsuitableModelError
from tfprune.export import TargetReport, check
from tfprune.export.targets import TARGETS
from tfprune.tools.json_file import write_json
from tfprune.tools.new_file import check_new


@dataclass(frozen=True)
class TargetCheck:
    """Prints what a target does with a file.

    Attributes:
        path: The `.tflite` file.
        target: Name of the target.
        json_path: Where the report shall be written, or None.
        overwrite: Whether that file may exist.
        whole: Whether all operators must run on the target.
    """

    path: str
    target: str
    json_path: str | None
    overwrite: bool
    whole: bool

    def __post_init__(self) -> None:
        TARGETS.get(self.target)

    def run(self) -> None:
        """Checks, prints, writes.

        Raises:
            UnsuitableModelError: When the target would refuse the file.
            InvalidInputError: When a file cannot be read, or may not be
                replaced.
        """
        check_new([self.json_path], self.overwrite)
        report = check(self.path, target=self.target)
        print(report)
        write_json(self.json_path, report.to_json())
        if not (report.fits if self.whole else report.runs):
            raise UnsuitableModelError(refusal(report))


def refusal(report: TargetReport) -> str:
    """The line for a file that the target refuses."""
    return (
        f"'{report.path}' {report.judgement()} on {report.title}: "
        f"{len(report.refused)} of {len(report.operators)} operators are "
        "refused. The table says why, and what to do."
    )
