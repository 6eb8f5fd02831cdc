"""Steps that compute with constants, or number by number."""

import numpy as np
from keras import ops

from tests.graph.random_networks.steps.registry import nothing, step

FUNCTIONS = {
    name: getattr(ops, name)
    for name in ("relu", "tanh", "sigmoid", "gelu", "silu", "softplus", "abs")
}


def function(plan):
    return [plan.choices.choice(list(FUNCTIONS))]


@step(function)
def applied(run, x, name):
    return FUNCTIONS[name](x)


@step(nothing)
def shifted(run, x):
    return 0.5 * x - 1.0


@step(nothing)
def divided(run, x):
    return x / (1.0 + ops.square(x))


@step(nothing)
def cast(run, x):
    return ops.cast(ops.cast(x, "float32"), x.dtype) + 0.1


def width(plan):
    return [plan.channels]


@step(width)
def weighted_by_constants(run, x, channels):
    return x * np.linspace(0.5, 1.5, channels).astype("float32")


def places(plan):
    return [plan.length]


@step(places, rank=2)
def weighted_by_place(run, x, length):
    return x * np.linspace(0.5, 1.5, length).astype("float32")[:, None]


@step(nothing, rank=2)
def sum_so_far(run, x):
    return ops.cumsum(x, axis=1) * 0.5


@step(places, rank=2)
def only_first_places(run, x, length):
    near = ops.arange(x.shape[1])[:, None] < length - 1
    return ops.where(near, x, 0.0)


@step(places, rank=2)
def with_sines(run, x, length):
    angles = np.arange(length, dtype="float32")[:, None]
    return x * ops.sin(1.0 + ops.convert_to_tensor(angles))


@step(nothing)
def normalized_by_root_mean_square(run, x):
    mean = ops.mean(ops.square(x), axis=-1, keepdims=True)
    return x * ops.rsqrt(mean + 1e-3)
