"""Layers of few bits, and the Keras layers that they must agree with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from tfprune.layers import (
    QuantConv1D,
    QuantConv2D,
    QuantConv2DTranspose,
    QuantConv3D,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantGRU,
    QuantLSTM,
    QuantSeparableConv2D,
    QuantSimpleRNN,
)


def sign(x: np.ndarray) -> np.ndarray:
    return np.where(x >= 0, 1.0, -1.0).astype("float32")


def magnitude(w: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return sign(w) * np.abs(w).mean(axis=axes, keepdims=True)


@dataclass(frozen=True)
class Example:
    """One layer, built twice: of few bits, and as Keras has it.

    Attributes:
        kind: The layer's class.
        plain: Keras' class.
        shape: Shape of its inputs without the batch.
        arguments: What both are given.
        quantizers: What the layer is given besides.
        kernels: For each kernel what its quantizer makes of it, in NumPy.
    """

    kind: type
    plain: type
    shape: tuple[int, ...]
    arguments: dict[str, Any]
    quantizers: dict[str, Any]
    kernels: dict[str, Callable[[np.ndarray], np.ndarray]] = field(
        default_factory=dict
    )

    def __str__(self) -> str:
        return self.kind.__name__

    def make(self, **settings: Any) -> Any:
        return self.kind(
            **self.arguments,
            **self.quantizers,
            input_quantizer="sign",
            **settings,
        )

    def inputs(self, batch: int = 4) -> np.ndarray:
        generator = np.random.default_rng(0)
        return generator.normal(size=(batch, *self.shape)).astype("float32")

    def expected(self, layer: Any, x: np.ndarray) -> np.ndarray:
        """What Keras' layer computes with quantized inputs and kernels."""
        twin = self.plain(**self.arguments)
        twin.build((None, *self.shape))
        holder, source = (
            getattr(twin, "cell", twin),
            getattr(layer, "cell", layer),
        )
        for new, old in zip(twin.weights, layer.weights, strict=True):
            new.assign(old)
        for name, quantize in self.kernels.items():
            latent = keras.ops.convert_to_numpy(getattr(source, name))
            getattr(holder, name).assign(quantize(np.array(latent)))
        return keras.ops.convert_to_numpy(twin(sign(x)))


ONE = {"kernel_quantizer": "magnitude_aware_sign"}
BOTH = {
    "kernel_quantizer": "magnitude_aware_sign",
    "recurrent_quantizer": "sign",
}
LAST = {"kernel": lambda w: magnitude(w, tuple(range(w.ndim - 1)))}
EXAMPLES = [
    Example(
        QuantDense,
        keras.layers.Dense,
        (3, 6),
        {"units": 5, "activation": "relu"},
        ONE,
        LAST,
    ),
    Example(
        QuantConv1D,
        keras.layers.Conv1D,
        (8, 4),
        {"filters": 5, "kernel_size": 3, "padding": "causal"},
        ONE,
        LAST,
    ),
    Example(
        QuantConv2D,
        keras.layers.Conv2D,
        (6, 7, 4),
        {
            "filters": 6,
            "kernel_size": (3, 2),
            "strides": 2,
            "padding": "same",
            "groups": 2,
            "activation": "tanh",
        },
        ONE,
        LAST,
    ),
    Example(
        QuantConv3D,
        keras.layers.Conv3D,
        (4, 4, 4, 3),
        {"filters": 5, "kernel_size": 2, "use_bias": False},
        ONE,
        LAST,
    ),
    Example(
        QuantConv2DTranspose,
        keras.layers.Conv2DTranspose,
        (4, 5, 4),
        {"filters": 3, "kernel_size": 3, "strides": 2},
        ONE,
        {"kernel": lambda w: magnitude(w, (0, 1, 3))},
    ),
    Example(
        QuantDepthwiseConv2D,
        keras.layers.DepthwiseConv2D,
        (5, 6, 4),
        {"kernel_size": 3, "depth_multiplier": 2, "padding": "same"},
        ONE,
        {"kernel": lambda w: magnitude(w, (0, 1))},
    ),
    Example(
        QuantSeparableConv2D,
        keras.layers.SeparableConv2D,
        (5, 6, 4),
        {"filters": 5, "kernel_size": 3, "depth_multiplier": 2, "strides": 2},
        {
            "depthwise_quantizer": "magnitude_aware_sign",
            "pointwise_quantizer": "sign",
        },
        {
            "depthwise_kernel": lambda w: magnitude(w, (0, 1)),
            "pointwise_kernel": sign,
        },
    ),
    *(
        Example(
            kind,
            plain,
            (5, 4),
            {"units": 3, "return_sequences": True},
            BOTH,
            {**LAST, "recurrent_kernel": sign},
        )
        for kind, plain in (
            (QuantSimpleRNN, keras.layers.SimpleRNN),
            (QuantLSTM, keras.layers.LSTM),
            (QuantGRU, keras.layers.GRU),
        )
    ),
]
