"""How far an exported model may stray from its source."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerance:
    """The greatest root-mean-square error of an output.

    `error <= spread * std(expected) + magnitude * rms(expected) + step`

    The first term asks for the signal: it catches a model that ignores its
    input. The second forgives rounding of outputs that hardly vary. The step
    is the distance of two neighbours of a quantized output.

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
