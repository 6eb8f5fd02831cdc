"""What every front door of the converter gives."""

import abc
from dataclasses import dataclass

import numpy as np

from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.conversion.request import Conversion
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quantization import QuantizationMode
from tfprune.export.verification.tolerance import ONE_STEP, Tolerance


@dataclass(frozen=True, kw_only=True)
class Source(abc.ABC):
    """A model that somebody hands in, whatever form it has.

    It can be made into a flatbuffer, and it can be run as it is, so that one
    comparison serves all forms. A front door is a context manager that opens
    a source, since some hold a session or change a model for a while; to add
    one, write it in `conversion/sources` and name it in `open_source`.

    Args:
        reference: What the result is compared with, such as `"the Keras
            model"`.
        takes_batches: Whether it can be run on more than one sample at once.
        warnings: What to know of it, one sentence each.
        low_bit_layers: Names of its layers whose weights have few bits.
        range_layers: Names of its layers that fake quantization rounds.
        rounds_sums: Whether it rounds sums of floats, to one of two levels
            where they lie between.
    """

    reference: str
    takes_batches: bool = False
    warnings: tuple[str, ...] = ()
    low_bit_layers: tuple[str, ...] = ()
    range_layers: tuple[str, ...] = ()
    rounds_sums: bool = False

    @property
    @abc.abstractmethod
    def title(self) -> str:
        """What to call it in messages, such as `"model 'toy'"`."""

    @property
    @abc.abstractmethod
    def inputs(self) -> tuple[ModelInput, ...]:
        """Its inputs, in order."""

    @property
    def brings_ranges(self) -> bool:
        """Whether it was trained with fake quantization."""
        return False

    @property
    def range_bits(self) -> frozenset[int]:
        """Bits of that fake quantization; none where there is none."""
        return frozenset()

    @property
    def computes_ranges(self) -> bool:
        """Whether operators of floats can compute that fake quantization."""
        return False

    @property
    def has_all_ranges(self) -> bool:
        """Whether what has no trained range is to stay float."""
        return False

    @property
    def is_quantized(self) -> bool:
        """Whether some of its numbers are scaled integers already."""
        return False

    def end_types(self, mode: QuantizationMode) -> tuple[str, ...]:
        """Types that the inputs and outputs of the result can have."""
        return mode.end_types

    def quantizes_floats(self, conversion: Conversion) -> bool:
        """Whether a float flatbuffer is made first, and quantized by rules.

        Args:
            conversion: What is asked for.
        """
        return False

    def fitting(self, mode: QuantizationMode) -> QuantizationMode:
        """A mode as the model wants it; by default as it is.

        Args:
            mode: What is asked for.
        """
        return mode

    @abc.abstractmethod
    def convert(self, conversion: Conversion) -> FlatbufferModel:
        """Makes the flatbuffer model, with named ends and a signature.

        Args:
            conversion: What is asked for.

        Raises:
            InvalidInputError: When it cannot be made so.
        """

    @abc.abstractmethod
    def compute(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Runs it as it was handed in.

        Args:
            arrays: One batch for each input: `(samples, *shape)`, with one
                sample where it does not take batches.

        Returns:
            One array for each output, in the order of the flatbuffer's.
        """

    def tolerance(self, mode: QuantizationMode) -> Tolerance:
        """How far the result may stray from it."""
        if self.rounds_sums and mode.tolerance.is_exact:
            return ONE_STEP
        return mode.tolerance

    def storage(self, mode: QuantizationMode) -> str:
        """What to call the way in which the result stores numbers."""
        return mode.name
