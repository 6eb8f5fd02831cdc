"""The inputs that an export finds ranges on, and is verified on."""

from dataclasses import dataclass
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.request import Conversion
from tfprune.export.conversion.source import Source
from tfprune.export.quantization import QuantizationMode
from tfprune.export.verification.sample_doubts import sample_doubts
from tfprune.export.verification.samples import (
    Samples,
    random_samples,
    read_samples,
)

# More samples hardly move the ranges and cost time.
CALIBRATION_SAMPLES = 500
# Below it the ranges depend on the luck of the draw.
FEW_CALIBRATION_SAMPLES = 50
VERIFICATION_SAMPLES = 64
# Large inputs say as much with fewer samples, and take longer.
FEW_VERIFICATION_SAMPLES = 16
VERIFICATION_VALUES = 4_000_000
RANDOM_SAMPLES = 16


@dataclass(frozen=True)
class ExportSamples:
    """The inputs of an export.

    Args:
        typical: Those that ranges are found on; None where none were given.
        test: Those that the file is compared with its source on.
        is_random: Whether those are random numbers.
    """

    typical: Samples | None
    test: Samples
    is_random: bool

    @classmethod
    def read(
        cls, source: Source, representative_data: Any, verify_data: Any
    ) -> "ExportSamples":
        """Reads what was given; makes random numbers where nothing was.

        Raises:
            InvalidInputError: When it does not fit the inputs of the source.
        """
        typical = test = None
        if representative_data is not None:
            typical = test = read_samples(
                representative_data,
                source.inputs,
                origin="representative_data",
                limit=CALIBRATION_SAMPLES,
            )
        if verify_data is not None:
            test = read_samples(
                verify_data,
                source.inputs,
                origin="verify_data",
                limit=VERIFICATION_SAMPLES,
            )
        is_random = test is None
        if test is None:
            test = random_samples(source.inputs, count=RANDOM_SAMPLES)
        return cls(typical, test, is_random)

    @property
    def real(self) -> Samples | None:
        """Inputs that were given; None where none were."""
        return self.typical or (None if self.is_random else self.test)

    @property
    def compared(self) -> Samples:
        """As many of the test inputs as are worth their time."""
        return self.test.at_most(verification_count(self.test))

    def for_ranges(
        self, mode: QuantizationMode, source: Source
    ) -> Samples | None:
        """What ranges are found on; None where none are looked for.

        Raises:
            InvalidInputError: When it does, and neither data nor the model
                brings them.
        """
        if not mode.needs_data or source.has_all_ranges:
            return None
        if self.typical is None and not source.brings_ranges:
            raise InvalidInputError(
                f"Quantization mode '{mode.name}' needs "
                "`representative_data`: typical inputs, on which it finds the "
                "ranges of activations. Pass a hundred or more training "
                "samples."
            )
        return self.typical

    def doubts(self, conversion: Conversion, source: Source) -> list[str]:
        """What a user should know of them, one sentence each.

        Args:
            conversion: What was asked for.
            source: What it was made from.
        """
        found = []
        if 0 < conversion.num_samples < FEW_CALIBRATION_SAMPLES:
            found.append(
                "The ranges of activations come from "
                f"{conversion.num_samples} samples only: pass a hundred or "
                "more."
            )
        if self.is_random and not source.tolerance(conversion.mode).is_exact:
            found.append(
                f"Compared with {source.reference} on random numbers: pass "
                "`verify_data` for a comparison on real inputs."
            )
        found += source.warnings
        if self.typical is not None:
            found += sample_doubts(self.typical, source.inputs)
        return found


def verification_count(samples: Samples) -> int:
    """How many samples to compare on: 64, or fewer where they are large."""
    values = sum(array.size for array in samples.arrays) / len(samples)
    affordable = int(VERIFICATION_VALUES / max(values, 1))
    return min(VERIFICATION_SAMPLES, max(FEW_VERIFICATION_SAMPLES, affordable))
