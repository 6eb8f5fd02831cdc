"""Sums over channels, weighted by constants: what they read, their bounds."""

from dataclasses import dataclass, replace

import numpy as np

from tfprune.export.channels import elements
from tfprune.export.channels.binding import Read
from tfprune.export.channels.operand import Operand
from tfprune.export.channels.ranges import Range
from tfprune.export.channels.step import FLOATS, Step
from tfprune.export.channels.value import Value
from tfprune.export.flatbuffer.tensor import Quantization, Tensor
from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import Ids, Mask

# Rows of weights are looked at in blocks of about so many numbers.
BLOCK = 1 << 22


@dataclass(frozen=True, eq=False)
class WeightedSum:
    """What convolutions and fully connected layers do.

    Args:
        step: The operator.
        source: The input that is summed over.
        ids: The channels that are summed over, shape `(channels,)`.
        bounds: Their range, in arrays of that shape.
        weights: The weights.
        layout: Axes of the weights: the rows' and the channels'.
        rows: Ids of the sums, shape `(rows,)`.
        bias_position: Which input of the operator the bias is; None where
            the operator takes none.
        padded: Whether some sums leave out some of their terms.
    """

    step: Step
    source: Value
    ids: Ids
    bounds: Range
    weights: Operand
    layout: tuple[int, int]
    rows: Ids
    bias_position: int | None
    padded: bool

    @property
    def offsets(self) -> np.ndarray:
        """The weights less their zero points: `(rows, taps, channels)`."""
        return self._arranged(self.weights.offsets)

    def _arranged(self, array: np.ndarray) -> np.ndarray:
        rows, channels = self.layout
        moved = np.moveaxis(array, (rows, channels), (0, -1))
        return moved.reshape(moved.shape[0], -1, moved.shape[-1])

    @property
    def is_hybrid(self) -> bool:
        """Whether the input is quantized while it runs, by its own range."""
        return self.step.is_hybrid(self.source, self.weights)

    @property
    def bias(self) -> Operand | None:
        """The constant that is added."""
        if self.bias_position is None:
            return None
        return self.step.operand(self.bias_position)

    @property
    def weighs(self) -> Mask:
        """Which weights are not all zero, `(rows, channels)`."""
        array = self.offsets
        found = np.empty((array.shape[0], array.shape[2]), bool)
        for rows in self._blocks(array):
            found[rows] = (array[rows] != 0).any(axis=1)
        return found

    def check(self) -> None:
        """Gives up on weights or a bias of another form than the usual one.

        Raises:
            UncoveredError: When scales lie along another axis than the rows,
                or the bias has several axes.
        """
        found = self.weights.constant.quantization
        scaled = found is not None and found.scales.size > 1
        if scaled and found is not None and found.axis != self.layout[0]:
            raise UncoveredError("its scales lie along another axis")
        if self.bias is not None and len(self.bias.shape) != 1:
            raise UncoveredError("its bias has several axes")

    def read(self) -> Read:
        """The declaration of the sum."""
        weighs = self.weighs
        if self.is_hybrid:
            # Whatever is not zero takes part in the range of the input.
            weighs = np.ones_like(weighs)
        takes_constants = (
            not self.padded
            and not self.is_hybrid
            and self.bias_position is not None
        )
        return Read(
            source=self.source,
            ids=self.ids,
            rows=self.rows,
            weighs=weighs,
            zero=self.bounds.is_zero,
            constant=self.bounds.constant,
            absorb=self.absorbed if takes_constants else None,
            bias_position=self.bias_position or 0,
        )

    def range(self, weighs: Mask) -> Range:
        """Bounds of the sums, in arrays of shape `(rows,)`."""
        bounds = self.bounds.hull(0.0) if self.padded else self.bounds
        if self.is_hybrid:
            # What is quantized while it runs is off by an unknown step.
            zero = bounds.is_zero
            bounds = Range(
                np.where(zero, 0.0, -np.inf), np.where(zero, 0.0, np.inf), zero
            )
        bias = self._bias_values(len(self.rows))
        constant = ~(weighs & ~bounds.constant).any(axis=1)
        lower = np.where(weighs.any(axis=1), -np.inf, bias)
        upper = np.where(weighs.any(axis=1), np.inf, bias)
        if not (np.isinf(bounds.lower) & np.isinf(bounds.upper)).all():
            lower, upper = self._sums(bounds, bias)
        lower = np.where(np.isnan(lower), -np.inf, lower)
        upper = np.where(np.isnan(upper), np.inf, upper)
        return Range(lower, upper, np.asarray(constant))

    def _sums(
        self, bounds: Range, bias: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        open_below, open_above = np.isinf(bounds.lower), np.isinf(bounds.upper)
        low = np.where(open_below, 0.0, bounds.lower)
        high = np.where(open_above, 0.0, bounds.upper)
        lower, upper = np.empty(len(bias)), np.empty(len(bias))
        array = self._arranged(self.weights.offsets)
        scales = self._scales(len(bias))
        for rows in self._blocks(array):
            block = array[rows]
            above = np.maximum(block, 0).sum(axis=1, dtype="f8")
            below = np.minimum(block, 0).sum(axis=1, dtype="f8")
            top = (above > 0)[:, open_above].any(axis=1)
            top |= (below < 0)[:, open_below].any(axis=1)
            bottom = (above > 0)[:, open_below].any(axis=1)
            bottom |= (below < 0)[:, open_above].any(axis=1)
            factor = scales[rows]
            most = factor * (above @ high + below @ low) + bias[rows]
            least = factor * (above @ low + below @ high) + bias[rows]
            upper[rows] = np.where(top, np.inf, most)
            lower[rows] = np.where(bottom, -np.inf, least)
        return lower, upper

    def _scales(self, count: int) -> np.ndarray:
        """What one step of the weights of each row is worth."""
        found = self.weights.constant.quantization
        if found is None or not found.scales.size:
            return np.ones(count)
        return np.broadcast_to(found.scales.astype("f8"), count)

    def _bias_values(self, count: int) -> np.ndarray:
        """What is added to each row; NaN where that is not told."""
        bias = self.bias
        if bias is None:
            return np.zeros(count)
        return bias_values(bias, count)

    @staticmethod
    def _blocks(array: np.ndarray) -> list[slice]:
        length = max(1, BLOCK // max(1, array[0].size if len(array) else 1))
        return [
            slice(start, start + length)
            for start in range(0, len(array), length)
        ]

    def absorbed(self, values: np.ndarray) -> Tensor:
        """The bias with constant inputs in it.

        Args:
            values: What is stored in each channel less the zero point; 0
                where nothing is to be added.
        """
        chosen = np.flatnonzero(values)
        wide = "f8" if self.source.tensor.dtype in FLOATS else np.int64
        array = self.offsets[:, :, chosen].astype(wide).sum(axis=1)
        if wide == "f8":
            array = array * self._scales(len(array))[:, None]
        shift = array @ values[chosen].astype(wide)
        bias = self.bias
        if wide == "f8":
            start = self._bias_values(len(shift))
            name = self.step.output.name if bias is None else bias.constant.name
            return Tensor(
                name=name,
                dtype="FLOAT32",
                shape=shift.shape,
                data=elements.packed((start + shift).astype("f4"), "FLOAT32"),
            )
        if bias is not None:
            old = elements.stored(bias.constant)
            new = (old + shift).astype(old.dtype)
            data = elements.packed(new, bias.constant.dtype)
            return replace(bias.constant, data=data)
        return self._new_bias(shift)

    def _new_bias(self, shift: np.ndarray) -> Tensor:
        """A bias of scaled integers where there was none."""
        dtype = "INT64" if self.source.tensor.dtype == "INT16" else "INT32"
        found = self.weights.constant.quantization
        # Where the weights have one scale, runtimes refuse a bias of many.
        count = 1 if found is None else max(1, found.scales.size)
        scales = (self.source.tensor.scale() or 1.0) * self._scales(count)
        return Tensor(
            name=f"{self.step.output.name}/bias",
            dtype=dtype,
            shape=shift.shape,
            data=elements.packed(
                shift.astype("i8" if dtype == "INT64" else "i4"), dtype
            ),
            quantization=Quantization(
                scales.astype("f4"), np.zeros(count, "i8")
            ),
        )


def bias_values(bias: Operand, count: int) -> np.ndarray:
    """The real numbers of a bias; NaN where its scales are not told."""
    found = bias.constant.quantization
    scaled = found is not None and found.scales.size
    if bias.constant.dtype not in FLOATS and not scaled:
        values = np.where(bias.offsets == 0, 0.0, np.nan)
    else:
        values = bias.real
    return np.broadcast_to(values.ravel(), count)
