"""What quantizers compute, in plain NumPy, and their slopes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Reference:
    """One quantizer with arithmetic to hold against it.

    Attributes:
        value: What it computes at inference.
        slope: The derivative of one output by its own input, where an output
            has no other.
        settings: Its arguments.
        levels: How many levels a filter has at most.
    """

    value: Function
    slope: Function
    levels: int
    settings: dict[str, Any] = field(default_factory=dict)


def sign(x: np.ndarray) -> np.ndarray:
    return np.where(x >= 0, 1.0, -1.0)


def within(x: np.ndarray, bound: float = 1.0) -> np.ndarray:
    return (np.abs(x) <= bound).astype("float64")


def filters(x: np.ndarray) -> np.ndarray:
    return x.reshape(-1, x.shape[-1])


def swish_slope(x: np.ndarray, beta: float) -> np.ndarray:
    z = np.clip(beta * x, -50, 50)
    return beta * (2 - z * np.tanh(z / 2)) / (1 + np.cosh(z))


def ternary(x: np.ndarray) -> np.ndarray:
    result = np.zeros_like(x)
    for index in range(x.shape[-1]):
        w = x[..., index]
        above = np.abs(w) > 0.7 * np.abs(w).mean()
        if above.any():
            scale = np.abs(w[above]).mean()
            result[..., index] = np.where(above, scale * np.sign(w), 0)
    return result


def dorefa(x: np.ndarray, bits: int) -> np.ndarray:
    steps, t = 2**bits - 1, np.tanh(x)
    r = t / (2 * (np.abs(t).max() or 1)) + 0.5
    return 2 * np.rint(r * steps) / steps - 1


def logarithmic(x: np.ndarray, bits: int, largest: int) -> np.ndarray:
    smallest = largest - 2 ** (bits - 1) + 2
    levels = [2.0**e for e in range(smallest, largest + 1)]
    result = np.zeros_like(x)
    for place, value in np.ndenumerate(np.abs(x)):
        if value >= 2 ** (smallest - 0.5):
            distance = [abs(np.log2(value / level)) for level in levels]
            result[place] = levels[int(np.argmin(distance))]
    return np.sign(x) * result


def magnitude_slope(x: np.ndarray) -> np.ndarray:
    rows = filters(x)
    scale = np.abs(rows).mean(axis=0)
    return 1 / len(rows) + scale * within(x)


REFERENCES: dict[str, list[Reference]] = {
    "sign": [Reference(sign, within, 2)],
    "approximate_sign": [
        Reference(sign, lambda x: np.maximum(2 - 2 * np.abs(x), 0), 2)
    ],
    "swish_sign": [
        Reference(sign, lambda x: swish_slope(x, 5.0), 2),
        Reference(sign, lambda x: swish_slope(x, 2.0), 2, {"beta": 2.0}),
    ],
    "stochastic_sign": [
        Reference(sign, within, 2),
        Reference(lambda x: x, within, 2**32, {"real_at_inference": True}),
    ],
    "magnitude_aware_sign": [
        Reference(
            lambda x: sign(x) * np.abs(filters(x)).mean(axis=0),
            magnitude_slope,
            2,
        )
    ],
    "ternary": [Reference(ternary, np.ones_like, 3)],
    "dorefa_weights": [
        Reference(lambda x: sign(x) * np.abs(x).mean(), np.ones_like, 2),
        *(
            Reference(
                lambda x, bits=bits: dorefa(x, bits),
                lambda x: (1 - np.tanh(x) ** 2) / np.abs(np.tanh(x)).max(),
                2**bits,
                {"bits": bits},
            )
            for bits in (2, 4, 8)
        ),
    ],
    "dorefa_activations": [
        Reference(
            lambda x, n=2**bits - 1: np.rint(n * np.clip(x, 0, 1)) / n,
            lambda x: ((x >= 0) & (x <= 1)).astype("float64"),
            2**bits,
            {"bits": bits},
        )
        for bits in (1, 2, 4, 8)
    ],
    "dorefa_gradients": [Reference(lambda x: x, np.ones_like, 2**32)],
    "linear": [
        Reference(
            lambda x, h=2 ** (bits - 1), b=bound: (
                np.clip(np.rint(x * h / b), -h, h - 1) * b / h
            ),
            lambda x, b=bound: within(x, b),
            2**bits,
            {"bits": bits, "bound": bound},
        )
        for bits, bound in ((2, 1.0), (4, 2.0), (8, 1.0))
    ],
    "logarithmic": [
        Reference(
            lambda x, bits=bits, e=e: logarithmic(x, bits, e),
            lambda x, e=e: within(x, 2.0**e),
            2**bits - 1,
            {"bits": bits, "exponent": e},
        )
        for bits, e in ((2, 0), (4, 0), (4, 2))
    ],
    "fixed_fake_quant": [
        Reference(
            # 255 steps of 4/255 from -1; zero lies 63.75 of them up, at -64.
            lambda x: (
                (np.clip(np.rint(x * 63.75) - 64, -128, 127) + 64) / 63.75
            ),
            lambda x: ((x >= -64 / 63.75) & (x <= 191 / 63.75)).astype(
                "float64"
            ),
            256,
            {"low": -1.0, "high": 3.0},
        ),
        Reference(
            lambda x: np.clip(np.rint(x * 7 / 1.6), -7, 7) * 1.6 / 7,
            lambda x: within(x, 1.6),
            15,
            {"bits": 4, "low": -1.6, "high": 1.6, "symmetric": True},
        ),
    ],
}
"""For each quantizer without weights; those with weights have tests of their
own."""
