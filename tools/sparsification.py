"""The work of `tfprune sparsify`."""

from dataclasses import dataclass

from tfprune.export import sparsify_tflite
from tfprune.tools.json_file import pending_json
from tfprune.tools.new_file import check_new


@dataclass(frozen=True)
class Sparsification:
    """Stores a `.tflite` file without its zeros and prints the report.

    Attributes:
        source: The file to read.
        output: The file to write.
        overwrite: Whether files that exist may be replaced.
        json: The file to write the report to, or None.
    """

    source: str
    output: str
    overwrite: bool
    json: str | None

    def run(self) -> None:
        """Sparsifies, verifies, writes and prints.

        Raises:
            InvalidInputError: When no weight gets smaller, or a file exists
                and may not be replaced.
        """
        check_new([self.output, self.json], self.overwrite)
        with pending_json(self.json) as write:
            report = sparsify_tflite(self.source, self.output)
            write(report.to_json())
        print(report)
