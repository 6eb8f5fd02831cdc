"""Tensors of a `.tflite` file, and how integers stand for numbers."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

# Types with one NumPy counterpart; the packed ones (INT4, INT2) have none.
NUMPY_TYPES: dict[str, np.dtype[Any]] = {
    "FLOAT32": np.dtype("float32"),
    "FLOAT16": np.dtype("float16"),
    "FLOAT64": np.dtype("float64"),
    "INT8": np.dtype("int8"),
    "UINT8": np.dtype("uint8"),
    "INT16": np.dtype("int16"),
    "UINT16": np.dtype("uint16"),
    "INT32": np.dtype("int32"),
    "UINT32": np.dtype("uint32"),
    "INT64": np.dtype("int64"),
    "UINT64": np.dtype("uint64"),
    "BOOL": np.dtype("bool"),
    "COMPLEX64": np.dtype("complex64"),
}
# Bits of an element; texts and handles have no fixed size.
BITS: dict[str, int] = {
    **{name: 8 * dtype.itemsize for name, dtype in NUMPY_TYPES.items()},
    "BFLOAT16": 16,
    "COMPLEX128": 128,
    "FLOAT8_E4M3FN": 8,
    "FLOAT8_E5M2": 8,
    "INT2": 2,
    "INT4": 4,
    "UINT4": 4,
}


@dataclass(eq=False)
class Quantization:
    """How the integers of a tensor stand for real numbers.

    `real = scale * (integer - zero_point)`, with one pair for the tensor, or
    one for every position along `axis`.

    Args:
        scales: float32 array of shape `(1,)` or `(size of axis,)`; empty
            where the file holds only a calibrated range.
        zero_points: int64 array, as long as `scales`.
        axis: The axis of the tensor that the pairs belong to.
        minimum: Calibrated lower ends, float32; usually empty.
        maximum: Calibrated upper ends, float32; usually empty.
        details_type: Number of the type of `details` in the schema.
        details: The schema's further description, such as a block size.
        block_scales: The tensor that holds the scales of the blocks.
        block_zero_points: The tensor that holds their zero points.
    """

    scales: np.ndarray
    zero_points: np.ndarray
    axis: int = 0
    minimum: np.ndarray = field(default_factory=lambda: np.zeros(0, "f4"))
    maximum: np.ndarray = field(default_factory=lambda: np.zeros(0, "f4"))
    details_type: int = 0
    details: Any = None
    block_scales: "Tensor | None" = None
    block_zero_points: "Tensor | None" = None


@dataclass(eq=False)
class Tensor:
    """A value of the graph: a constant where it holds data.

    Args:
        name: Name in the file.
        dtype: Name of the TFLite type, such as `"INT8"`.
        shape: Sizes of the axes.
        data: The bytes as a uint8 array, or None for what is computed. What
            was read is a view of the file's bytes and cannot be written to.
            Tensors that share one array share one buffer in the file.
        quantization: None for plain numbers.
        shape_signature: As `shape`, with -1 where the size may change; None
            where nothing may.
        is_variable: Whether the tensor keeps its value between runs.
        has_rank: Whether an empty shape means a scalar.
        sparsity: The schema's description of a sparse constant, or None.
        variant_tensors: The schema's element types of a VARIANT, or None.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: np.ndarray | None = None
    quantization: Quantization | None = None
    shape_signature: tuple[int, ...] | None = None
    is_variable: bool = False
    has_rank: bool = False
    sparsity: Any = None
    variant_tensors: Any = None

    @property
    def is_constant(self) -> bool:
        """Whether the file holds the value."""
        return self.data is not None

    @property
    def num_bytes(self) -> int:
        """Bytes of data in the file; 0 for what is computed."""
        return 0 if self.data is None else int(self.data.size)

    @property
    def size(self) -> int:
        """Number of elements; an unknown axis counts once."""
        return int(np.prod([max(axis, 1) for axis in self.shape], dtype="i8"))

    def scale(self) -> float | None:
        """The one scale of the tensor; None where it has none or several."""
        if self.quantization is None or self.quantization.scales.size != 1:
            return None
        return float(self.quantization.scales[0])

    def zero_point(self) -> int | None:
        """The one zero point; None where the tensor has none or several."""
        if self.scale() is None or self.quantization is None:
            return None
        points = self.quantization.zero_points
        return int(points[0]) if points.size else 0

    def counts_like(self, other: "Tensor") -> bool:
        """Whether equal integers stand for equal numbers in both tensors."""
        return (self.dtype, self.scale(), self.zero_point()) == (
            other.dtype,
            other.scale(),
            other.zero_point(),
        )
