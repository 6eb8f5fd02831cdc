"""Operations of `keras.ops` in the `call` of a user's layer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from keras import ops

STEPS = 6
CHANNELS = 8
ORDER = np.array([3, 1, 0, 2, 7, 6, 5, 4])
TABLE = np.linspace(-1, 1, STEPS * CHANNELS).reshape(STEPS, CHANNELS)
NUMBERS = TABLE.astype("float32")


@dataclass(frozen=True)
class Case:
    """What a layer computes from `CHANNELS` channels at `STEPS` steps.

    Attributes:
        function: From the layer, which holds the weights, and its input to
            its output.
        width: How many groups of the input's channels can be pruned.
        reason: Why the others cannot.
        weights: Shapes of the layer's own weights, by name.
    """

    function: Callable[[Any, Any], Any]
    width: int = CHANNELS
    reason: str = ""
    weights: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def frozen(function: Callable[[Any, Any], Any], reason: str) -> Case:
    """A case in which no channel of the input can go."""
    return Case(function, 0, reason)


def own(
    function: Callable[[Any, Any], Any], *shape: int, width: int = CHANNELS
) -> Case:
    """A case with one weight of the layer's own."""
    return Case(function, width, weights={"own": shape})


def batch(x):
    return ops.shape(x)[0]


def shuffled(x):
    parts = ops.reshape(x, (-1, STEPS, 2, 4))
    return ops.reshape(
        ops.transpose(parts, (0, 1, 3, 2)), (-1, STEPS, CHANNELS)
    )


def through_heads(x):
    parts = ops.reshape(x, (batch(x), STEPS, 2, 4))
    return ops.reshape(parts, (batch(x), STEPS, CHANNELS))


def windows(x):
    """Works on windows of steps that are examples of their own meanwhile."""
    parts = ops.reshape(x, (-1, 2, 3, CHANNELS))
    parts = ops.reshape(parts, (-1, 3, CHANNELS))
    parts = parts - ops.mean(parts, axis=1, keepdims=True)
    return ops.reshape(parts, (-1, STEPS, CHANNELS))


def gated(x):
    value, gate = ops.split(x, 2, axis=-1)
    return value * ops.sigmoid(gate)


def split_at(x):
    first, second, third = ops.split(x, [2, 5], axis=-1)
    return ops.concatenate([third, ops.tanh(first), second], axis=-1)


def split_steps(x):
    first, second = ops.split(x, 2, axis=1)
    return first + ops.relu(second)


def unstacked(x):
    first, *rest = ops.unstack(x, axis=1)
    return first - sum(rest)


def half_changed(x):
    return ops.concatenate([ops.relu(x[..., :3]), x[..., 3:]], axis=-1)


def class_token(layer, x):
    token = ops.broadcast_to(layer.own, (batch(x), 1, CHANNELS))
    return ops.concatenate([token, x], axis=1)


def tiled_token(layer, x):
    return ops.concatenate([ops.tile(layer.own, (batch(x), 1, 1)), x], axis=1)


def repeated_token(layer, x):
    return ops.concatenate([ops.repeat(layer.own, batch(x), axis=0), x], 1)


def affine(layer, x):
    return x * layer.scale + layer.bias


def reduced(name, layer, x):
    return getattr(ops, name)(x, axis=1)


def added(name, layer, x):
    return x + getattr(ops, name)(x, axis=1, keepdims=True)


def mixed(layer, x):
    return ops.einsum("btc,cd->btd", x, layer.own)


LAYOUT = {
    "reshape and transpose shuffle channels": Case(lambda s, x: shuffled(x), 4),
    "reshape with the batch size": Case(lambda s, x: through_heads(x), 4),
    "reshape to one axis": Case(
        lambda s, x: ops.reshape(x, (-1, STEPS * CHANNELS))
    ),
    "reshape merges windows into the batch": Case(lambda s, x: windows(x)),
    "ravel": Case(
        lambda s, x: ops.reshape(ops.ravel(x), (batch(x), STEPS, CHANNELS))
    ),
    "transpose": Case(
        lambda s, x: ops.transpose(
            ops.relu(ops.transpose(x, (0, 2, 1))), (0, 2, 1)
        )
    ),
    "swapaxes": Case(
        lambda s, x: ops.swapaxes(ops.sin(ops.swapaxes(x, 1, -1)), 2, 1)
    ),
    "moveaxis": Case(
        lambda s, x: ops.moveaxis(ops.moveaxis(x[:, None], -1, 1), 1, -1)
    ),
    "channels in front of the steps": frozen(
        lambda s, x: ops.transpose(x, (0, 2, 1)), "channels lie elsewhere"
    ),
    "expand_dims and squeeze": Case(
        lambda s, x: ops.squeeze(ops.expand_dims(x, 2), 2)
    ),
    "expand_dims behind the channels": Case(
        lambda s, x: ops.squeeze(ops.sin(ops.expand_dims(x, -1)), -1)
    ),
    "stack behind the channels": Case(
        lambda s, x: ops.mean(ops.stack([x, ops.relu(x)], axis=-1), axis=-1)
    ),
    "stack in front of the channels": Case(
        lambda s, x: ops.max(ops.stack([x, ops.sin(x)], axis=2), axis=2)
    ),
    "unstack steps": Case(lambda s, x: unstacked(x)),
    "unstack channels": frozen(
        lambda s, x: ops.stack(ops.unstack(x, axis=-1)[::-1], axis=-1),
        "is unstacked channel by channel",
    ),
    "tile channels": Case(lambda s, x: ops.tile(x, (1, 1, 2))),
    "tile steps": Case(lambda s, x: ops.tile(x, (1, 2, 1))),
    "repeat channels": Case(lambda s, x: ops.repeat(x, 2, axis=-1)),
    "repeat steps": Case(lambda s, x: ops.repeat(x, 2, axis=1)),
    "repeat a different number of times": frozen(
        lambda s, x: ops.repeat(x, np.arange(1, CHANNELS + 1), axis=-1), "array"
    ),
    "broadcast_to": own(
        lambda s, x: x * ops.broadcast_to(s.own, (3, STEPS, CHANNELS))[0],
        CHANNELS,
    ),
    "pad steps": Case(lambda s, x: ops.pad(x, ((0, 0), (1, 2), (0, 0)))),
    "pad channels": Case(lambda s, x: ops.pad(x, ((0, 0), (0, 0), (1, 2)))),
    "pad channels with copies": frozen(
        lambda s, x: ops.pad(x, ((0, 0), (0, 0), (1, 2)), mode="reflect"),
        "pads channels with copies of others",
    ),
    "flip channels": Case(lambda s, x: ops.flip(x, axis=-1)),
    "flip steps": Case(lambda s, x: ops.flip(x, axis=1)),
}

PARTS = {
    "split in equal parts": Case(lambda s, x: gated(x), 4),
    "split at indices": Case(lambda s, x: split_at(x)),
    "split steps": Case(lambda s, x: split_steps(x)),
    "concatenate channels": Case(
        lambda s, x: ops.concatenate([x, ops.relu(x)], axis=-1)
    ),
    "concatenate steps": Case(
        lambda s, x: ops.concatenate([x, ops.relu(x)], axis=1)
    ),
    "slices of channels": Case(lambda s, x: half_changed(x)),
    "a slice of channels": Case(lambda s, x: x[:, :, 2:-1]),
    "every other channel": frozen(
        lambda s, x: x[..., ::2], "takes every other channel"
    ),
    "a channel by its number": Case(
        lambda s, x: x[..., 2], 7, "is picked by its position"
    ),
    "the first channel by its number": Case(
        lambda s, x: x[..., 0], 7, "is picked by its position"
    ),
    "a step by its number": Case(lambda s, x: x[:, -1]),
    "every other step": Case(lambda s, x: x[:, ::2]),
    "a new axis before the channels": Case(lambda s, x: x[..., None, :]),
    "a new axis behind the channels": Case(
        lambda s, x: ops.sum(x[:, :, :, None], axis=-1)
    ),
    "take permutes channels": Case(lambda s, x: ops.take(x, ORDER, axis=-1)),
    "take repeats channels": Case(
        lambda s, x: ops.take(x, [5, 5, 0, 2], axis=-1)
    ),
    "take one channel": frozen(
        lambda s, x: ops.take(x, 2, axis=-1), "takes channels by a table"
    ),
    "take steps": Case(lambda s, x: ops.take(x, np.array([3, 0]), axis=1)),
    "take a table of steps": Case(
        lambda s, x: ops.take(x, np.array([[3, 0], [1, 2]]), axis=1)
    ),
    "take rows of a weight": own(
        lambda s, x: x + ops.take(s.own, np.arange(STEPS), axis=0), 9, CHANNELS
    ),
}

NUMBERS_CASES = {
    "cumsum over steps": Case(lambda s, x: ops.cumsum(x, axis=1)),
    "cumsum over channels": frozen(
        lambda s, x: ops.cumsum(x, axis=-1), "works along the channels"
    ),
    "cumprod over steps": Case(lambda s, x: ops.cumprod(x, axis=1)),
    "roll steps": Case(lambda s, x: ops.roll(x, 1, axis=1)),
    "roll channels": frozen(
        lambda s, x: ops.roll(x, 1, axis=-1), "works along the channels"
    ),
    "sort steps": Case(lambda s, x: ops.sort(x, axis=1)),
    "argsort steps": Case(
        lambda s, x: x * ops.cast(ops.argsort(x, axis=1), "float32")
    ),
    "sort channels": frozen(
        lambda s, x: ops.sort(x, axis=-1), "works along the channels"
    ),
    "normalize steps": Case(lambda s, x: ops.normalize(x, axis=1)),
    "normalize channels": frozen(
        lambda s, x: ops.normalize(x, axis=-1), "works along the channels"
    ),
    "softmax over steps": Case(lambda s, x: ops.softmax(x, axis=1)),
    "softmax over channels": frozen(
        lambda s, x: ops.softmax(x, axis=-1), "softmax mixes channels"
    ),
    "log_softmax over steps": Case(lambda s, x: ops.log_softmax(x, axis=1)),
    "mean over steps": Case(lambda s, x: x - ops.mean(x, 1, keepdims=True)),
    "mean over channels": frozen(
        lambda s, x: x - ops.mean(x, -1, keepdims=True),
        "is combined with the other channels",
    ),
    "any over steps": Case(
        lambda s, x: x * ops.cast(ops.any(x > 0.5, axis=1), "float32")[:, None]
    ),
    "all over steps": Case(
        lambda s, x: x * ops.cast(ops.all(x > -0.5, axis=1), "float32")[:, None]
    ),
    "argmax over steps": Case(
        lambda s, x: ops.cast(ops.argmax(x, axis=1), "float32")
    ),
    "argmin over steps": Case(
        lambda s, x: ops.cast(ops.argmin(x, axis=1), "float32")
    ),
    "count_nonzero over steps": Case(
        lambda s, x: ops.cast(ops.count_nonzero(ops.relu(x), 1), "float32")
    ),
    "one_hot": frozen(
        lambda s, x: ops.one_hot(ops.cast(x * 2, "int32"), 3),
        "is turned into classes",
    ),
    "where": Case(lambda s, x: ops.where(x > 0, x, 0.1 * x)),
    "a power": Case(lambda s, x: ops.abs(x) ** 1.5),
    "numbers": Case(lambda s, x: (1 - x) * 2 / 3 + ops.maximum(x, -0.2)),
    "a table of constants": Case(lambda s, x: x + NUMBERS),
    "a constant for each channel": Case(lambda s, x: x * NUMBERS[0]),
    "a constant for each step": Case(lambda s, x: x * NUMBERS[:, :1]),
    "no handler": frozen(
        lambda s, x: ops.fft2((x, x))[0], "no handler for FFT2"
    ),
}
for _name in ("amax", "amin", "logsumexp", "max", "min"):
    NUMBERS_CASES[f"{_name} over steps"] = Case(partial(reduced, _name))
for _name in ("median", "prod", "std", "sum", "var"):
    NUMBERS_CASES[f"{_name} over steps, which stay"] = Case(
        partial(added, _name)
    )

WEIGHTS = {
    "scale and bias": Case(
        affine, weights={"scale": (CHANNELS,), "bias": (CHANNELS,)}
    ),
    "a position table": own(lambda s, x: x + s.own, 1, STEPS, CHANNELS),
    "a position table without batch": own(
        lambda s, x: s.own + x, STEPS, CHANNELS
    ),
    "a weight for each step": own(lambda s, x: x * s.own, STEPS, 1),
    "a weight of one number": own(lambda s, x: x * s.own, 1),
    "a class token broadcast": own(class_token, 1, 1, CHANNELS),
    "a class token tiled": own(tiled_token, 1, 1, CHANNELS),
    "a class token repeated": own(repeated_token, 1, 1, CHANNELS),
    "matmul": own(lambda s, x: ops.matmul(x, s.own), CHANNELS, 5),
    "matmul mixes steps": own(lambda s, x: ops.matmul(s.own, x), 4, STEPS),
    "einsum": own(mixed, CHANNELS, 5),
    "tensordot": own(lambda s, x: ops.tensordot(x, s.own, 1), CHANNELS, 5),
    "dot": own(lambda s, x: ops.dot(x, s.own), CHANNELS, 5),
    "attention of the steps": Case(
        lambda s, x: ops.matmul(
            ops.softmax(ops.matmul(x, ops.transpose(x, (0, 2, 1))), axis=-1), x
        )
    ),
    "dot_product_attention": Case(
        lambda s, x: ops.dot_product_attention(
            *[ops.reshape(y, (-1, STEPS, 2, 4)) for y in (x, ops.sin(x), x)],
            scale=0.5,
        ),
        4,
    ),
}


def of_two(function: Callable[[Any, Any], Any], dtype: str) -> Case:
    """A function of two tensors of the same channels."""

    def compute(layer: Any, x: Any) -> Any:
        first, second = ops.round(3 * ops.softplus(x)), 1 + ops.softplus(2 * x)
        if dtype == "int32":
            second = ops.round(second)
        result = function(ops.cast(first, dtype), ops.cast(second, dtype))
        return x + ops.cast(result, "float32")

    return Case(compute)


PAIRS = {
    name: of_two(
        getattr(ops, name), "int32" if "bitwise" in name else "float32"
    )
    for name in (
        *("add", "subtract", "multiply", "maximum", "minimum", "arctan2"),
        *("bitwise_and", "bitwise_or", "divide", "divide_no_nan", "equal"),
        *("floor_divide", "greater", "greater_equal", "hypot", "less"),
        *("less_equal", "logaddexp", "logical_and", "logical_or"),
        *("logical_xor", "mod", "not_equal", "power", "true_divide"),
    )
}
CASES = {**LAYOUT, **PARTS, **NUMBERS_CASES, **WEIGHTS, **PAIRS}
