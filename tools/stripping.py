"""The work of `tfprune strip`."""

from dataclasses import dataclass
from pathlib import Path

from tfprune.errors import InvalidInputError
from tfprune.export import export_tflite
from tfprune.export.flatbuffer.reader import read_tflite
from tfprune.tools.json_file import pending_json
from tfprune.tools.new_file import check_new


@dataclass(frozen=True)
class Stripping:
    """Strips a `.tflite` file and prints the report.

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
        """Strips, verifies, writes and prints.

        Raises:
            InvalidInputError: When the source is no `.tflite` file, or a file
                exists and may not be replaced.
        """
        check_new([self.output, self.json], self.overwrite)
        if Path(self.source).is_dir():
            raise InvalidInputError(
                f"Expected a .tflite file. Received: '{self.source}', which "
                "is a folder. Convert it with 'tfprune convert'."
            )
        read_tflite(self.source)
        with pending_json(self.json) as write:
            report = export_tflite(self.source, self.output)
            write(report.to_json())
        print(report.stripped)
        print(
            f"{self.output}: {report.num_bytes:,} bytes, in place of "
            f"{Path(self.source).stat().st_size:,}; largest difference to "
            f"'{self.source}': {report.max_abs_error:.2g}."
        )
