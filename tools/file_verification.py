"""The work of `tfprune verify`."""

from dataclasses import dataclass

from tfprune.errors import VerificationError
from tfprune.export import FileComparison, compare_tflite
from tfprune.tools.json_file import write_json
from tfprune.tools.labelled_file import LabelledSamples, load_labelled
from tfprune.tools.new_file import check_new


@dataclass(frozen=True)
class FileVerification:
    """Compares two `.tflite` files and prints how far they are apart.

    Attributes:
        paths: The two files.
        data: An `.npz` file of inputs, or None.
        tolerance: Greatest relative error that passes.
        min_agreement: Least share of samples with the same class that passes.
        seed: Seed of random inputs.
        threads: Threads of the interpreters.
        json_path: A file to write the comparison to, or None.
        overwrite: Whether that file may exist.
    """

    paths: tuple[str, str]
    data: str | None
    tolerance: float
    min_agreement: float
    seed: int
    threads: int
    json_path: str | None
    overwrite: bool

    def run(self) -> None:
        """Compares, prints, writes.

        Raises:
            VerificationError: When the two files are too far apart.
        """
        check_new([self.json_path], self.overwrite)
        given = LabelledSamples(None, None)
        if self.data is not None:
            given = load_labelled(self.data)
        comparison = compare_tflite(
            *self.paths,
            data=given.inputs,
            labels=given.labels,
            num_threads=self.threads,
            seed=self.seed,
        )
        print(comparison)
        write_json(self.json_path, comparison.to_json())
        self.judge(comparison)

    def judge(self, comparison: FileComparison) -> None:
        """Fails when the files are too far apart.

        Raises:
            VerificationError: With the first output that is.
        """
        for output in comparison.outputs:
            if output.relative_error > self.tolerance:
                raise VerificationError(
                    f"Output '{output.name}' differs by "
                    f"{output.relative_error:.3g} of its size. Expected at "
                    f"most --tolerance={self.tolerance:g}."
                )
            if (
                output.agreement is not None
                and output.agreement < self.min_agreement
            ):
                raise VerificationError(
                    f"Output '{output.name}' gives the same class for "
                    f"{output.agreement:.2%} of the samples. Expected at "
                    f"least --min_agreement={self.min_agreement:g}."
                )
