"""A dense layer in the place of a convolution."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from tfprune.graph.channels import Ids
from tfprune.graph.step import Step


@dataclass(frozen=True, eq=False)
class Lowering:
    """How a dense layer is called in the place of a convolution.

    Attributes:
        padding: Zeros before and after height and width.
        places: Where each output reads the flat, padded input, of shape
            `(height, width, columns)`.
    """

    padding: tuple[tuple[int, int], tuple[int, int]]
    places: Ids

    def call(self, dense: Any, x: Any) -> Any:
        """Calls the dense layer on what a convolution was called on."""
        if np.any(self.padding):
            x = ops.pad(x, ((0, 0), *self.padding, (0, 0)))
        flat = ops.reshape(x, (-1, int(np.prod(x.shape[1:]))))
        read = ops.take(flat, self.places.ravel(), axis=1)
        height, width, columns = self.places.shape
        y = dense(ops.reshape(read, (-1, height * width, columns)))
        return ops.reshape(y, (-1, height, width, y.shape[-1]))

    @classmethod
    def of(cls, step: Step, columns: Ids) -> "Lowering":
        """Where a convolution reads its input.

        Args:
            step: The call of the convolution.
            columns: Rows of its kernel as a matrix that are read.
        """
        layer = step.operation
        *sizes, channels = (int(x or 1) for x in step.inputs[0].shape)
        taps = np.unravel_index(columns, layer.kernel.shape[:-1])
        padding, reads = [], []
        for axis, size in enumerate(sizes):
            stride, dilation = layer.strides[axis], layer.dilation_rate[axis]
            reach = (layer.kernel_size[axis] - 1) * dilation + 1
            missing = 0
            if layer.padding == "same":
                outputs = -(-size // stride)
                missing = max((outputs - 1) * stride + reach - size, 0)
            padding.append((missing // 2, missing - missing // 2))
            starts = np.arange(0, size + missing - reach + 1, stride)
            reads.append(starts[:, None] + dilation * taps[axis])
        width = sizes[1] + sum(padding[1])
        rows, positions = reads[0][:, None], reads[1][None]
        return cls(
            (padding[0], padding[1]),
            (rows * width + positions) * channels + taps[2],
        )
