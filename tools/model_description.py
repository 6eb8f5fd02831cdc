"""The work of `tfprune describe`."""

from dataclasses import dataclass

from tfprune.export import describe


@dataclass(frozen=True)
class ModelDescription:
    """Writes a file that tells what it is.

    Attributes:
        path: The `.tflite` file.
        output: The file to write.
        overwrite: Whether existing files may be replaced.
        labels: A file with one label on each line, or None.
        normalization: Means and standard deviations, or None.
        input_kind: `"image"`, `"feature"` or None.
        name: Name of the model, or None.
        version: Version of the model.
        benchmark: Whether to time the file, for the card.
    """

    path: str
    output: str
    overwrite: bool
    labels: str | None
    normalization: tuple[tuple[float, ...], tuple[float, ...]] | None
    input_kind: str | None
    name: str | None
    version: str
    benchmark: bool

    def run(self) -> None:
        """Describes and prints what was written."""
        report = describe(
            self.path,
            output=self.output,
            overwrite=self.overwrite,
            labels=() if self.labels is None else self.labels,
            normalization=self.normalization,
            input_kind=self.input_kind,
            name=self.name,
            version=self.version,
            benchmark=self.benchmark,
        )
        print(report)
