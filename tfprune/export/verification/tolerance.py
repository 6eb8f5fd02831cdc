"""How far an exported model may stray from its source."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerance:
    """The greatest root-mean-square error of an output.

    `error <= spread * std(expected) + magnitude * rms(expected) + step`

    The standard deviation is that of each value over the samples: what the
    input has brought about. A model that lost weights, or has those of
    another, misses it; comparing with the values themselves would let it
    pass wherever biases outweigh the input. The second term forgives
    rounding of outputs that hardly vary, and the step, the distance of two
    neighbours of a quantized output, what no file could do better.

    Args:
        spread: Share of the standard deviation of the expected values.
        magnitude: Share of their root mean square.
    """

    spread: float
    magnitude: float

    @property
    def is_exact(self) -> bool:
        """Whether nothing but the rounding of float32 passes."""
        return self.spread < 1e-3


ONE_STEP = Tolerance(spread=0.05, magnitude=0.01)
"""For models that round within, where either of two neighbours is right."""
