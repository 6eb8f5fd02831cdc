"""What a caller of a `.tflite` file has to know of an input or output."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Tensor
from tfprune.table import render_table


@dataclass(frozen=True)
class TensorInfo:
    """An input or an output of a `.tflite` file.

    Args:
        name: Name in the file.
        shape: Shape with the batch axis.
        dtype: Name of the NumPy type, such as `"int8"`.
        scale: Real distance of two neighbouring integers; None for floats.
        zero_point: The integer that stands for 0; None for floats.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None = None
    zero_point: int | None = None

    @classmethod
    def of(cls, tensor: Tensor) -> "TensorInfo":
        """Describes a tensor of a flatbuffer."""
        known = NUMPY_TYPES.get(tensor.dtype)
        return cls(
            name=tensor.name,
            shape=tensor.shape,
            dtype=tensor.dtype.lower() if known is None else known.name,
            scale=tensor.scale(),
            zero_point=tensor.zero_point(),
        )

    def to_stored(self, values: np.ndarray) -> np.ndarray:
        """Turns real numbers into what the file takes.

        Args:
            values: Numbers of any dtype, as many as the shape holds. Integers
                are taken as they are where the file has no scale.
        """
        values = values.reshape(self.shape)
        if self.scale is None or self.zero_point is None:
            return values.astype(self.dtype)
        limits = np.iinfo(self.dtype)
        stored = np.round(values / self.scale) + self.zero_point
        return np.clip(stored, limits.min, limits.max).astype(self.dtype)

    def to_real(self, stored: np.ndarray) -> np.ndarray:
        """Turns what the file gives into real numbers.

        Args:
            stored: Values of the dtype of the file.

        Returns:
            float32 where the file has a scale, else the values unchanged.
        """
        if self.scale is None or self.zero_point is None:
            return stored
        real = (stored.astype("f8") - self.zero_point) * self.scale
        return real.astype("f4")


def render_ends(
    inputs: Sequence[TensorInfo], outputs: Sequence[TensorInfo]
) -> str:
    """A text table of the inputs and outputs of a file."""
    ends = [("input", x) for x in inputs] + [("output", x) for x in outputs]
    return render_table(
        "Inputs and outputs",
        ["end", "name", "shape", "dtype", "scale", "zero point"],
        [
            (end, x.name, x.shape, x.dtype, x.scale, x.zero_point)
            for end, x in ends
        ],
    )
