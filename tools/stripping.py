"""The work of `tfprune strip`."""

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

from tfprune.atomic_file import atomic_path
from tfprune.errors import InvalidInputError
from tfprune.export import export_tflite
from tfprune.export.flatbuffer.reader import read_tflite
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
        with contextlib.ExitStack() as stack:
            report_file = None
            if self.json is not None:
                report_file = stack.enter_context(atomic_path(self.json))
            report = export_tflite(self.source, self.output)
            if report_file is not None:
                text = json.dumps(report.as_dict(), indent=2)
                report_file.write_text(text, encoding="utf-8")
        print(report.stripped)
        print(
            f"{self.output}: {report.num_bytes:,} bytes, in place of "
            f"{Path(self.source).stat().st_size:,}; largest difference to "
            f"'{self.source}': {report.max_abs_error:.2g}."
        )
