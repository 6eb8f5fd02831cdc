"""Where `tfprune inspect` puts what it found."""

from dataclasses import dataclass

from tfprune.tools.json_file import write_json
from tfprune.tools.new_file import check_new

STANDARD_OUTPUT = "-"


@dataclass(frozen=True)
class InspectionOutput:
    """Tables on standard output, and JSON in a file or instead of them.

    Attributes:
        json_path: A file for the JSON; `-` prints it instead of the tables;
            None for none.
        overwrite: Whether that file may exist.
    """

    json_path: str | None
    overwrite: bool

    def check(self) -> None:
        """Refuses a file that exists, before the work begins.

        Raises:
            InvalidInputError: When it may not be replaced.
        """
        if self.json_path != STANDARD_OUTPUT:
            check_new([self.json_path], self.overwrite)

    def show(self, tables: object, json_text: str) -> None:
        """Prints and writes.

        Args:
            tables: What is printed as text.
            json_text: The same as JSON.
        """
        if self.json_path == STANDARD_OUTPUT:
            print(json_text)
            return
        print(tables)
        write_json(self.json_path, json_text)
