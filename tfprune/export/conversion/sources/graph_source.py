"""A model that is converted from its TensorFlow graph."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tfprune.export.conversion.convert import convert, uses_converter
from tfprune.export.conversion.marks import remove_marks
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.conversion.request import Conversion
from tfprune.export.conversion.source import Source
from tfprune.export.conversion.trace import TracedModel
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quantization import QuantizationMode

Compute = Callable[[list[np.ndarray]], list[np.ndarray]]


@dataclass(frozen=True, kw_only=True)
class GraphSource(Source):
    """A model with a TensorFlow graph, and a way to run it without that graph.

    The graph is only converted, never run: a mistake of the tracing, or of
    the freezing of variables, shall show in the comparison.

    Args:
        traced: The graph for one sample.
        run: Computes the outputs for a batch, as the model was handed in.
        leaves_floats: Whether layers of it are to stay float among integers.
        trace_computing: Traces it once more, with operators of floats for
            fake quantization of bits that LiteRT does not round to among
            floats; None where it cannot be traced so.
    """

    traced: TracedModel
    run: Compute
    leaves_floats: bool = False
    trace_computing: Callable[[], TracedModel] | None = None

    @property
    def title(self) -> str:
        """What to call the model in messages."""
        return self.traced.title

    @property
    def inputs(self) -> tuple[ModelInput, ...]:
        """The inputs, in order."""
        return self.traced.inputs

    @property
    def brings_ranges(self) -> bool:
        """Whether the model was trained with fake quantization."""
        return self.traced.has_fake_quantization

    @property
    def range_bits(self) -> frozenset[int]:
        """Bits of that fake quantization; none where there is none."""
        return self.traced.range_bits if self.brings_ranges else frozenset()

    @property
    def computes_ranges(self) -> bool:
        """Whether operators of floats can compute that fake quantization."""
        return self.trace_computing is not None

    @property
    def has_all_ranges(self) -> bool:
        """Whether what has no trained range is to stay float."""
        return self.leaves_floats

    def quantizes_floats(self, conversion: Conversion) -> bool:
        """Whether the converter would quantize otherwise than asked for."""
        return not uses_converter(self.traced, conversion)

    def convert(self, conversion: Conversion) -> FlatbufferModel:
        """Makes the flatbuffer by TensorFlow's converter."""
        traced, mode = self.traced, conversion.mode
        if (
            self.trace_computing is not None
            and self.range_bits
            and mode.computes_ranges
            and not mode.takes_ranges(self.range_bits)
        ):
            traced = self.trace_computing()
        model = convert(traced, conversion)
        if self.leaves_floats:
            remove_marks(model)
        return model

    def fitting(self, mode: QuantizationMode) -> QuantizationMode:
        """A mode that leaves float what the model was trained with so."""
        return mode.with_float_layers() if self.leaves_floats else mode

    def compute(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Runs the model as it was handed in."""
        return self.run(arrays)
