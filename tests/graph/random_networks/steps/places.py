"""Steps along time or space."""

from keras import layers, ops

from tests.graph.random_networks.steps.layout import length_of
from tests.graph.random_networks.steps.registry import nothing, step


def axes_of(x):
    return tuple(range(1, len(x.shape) - 1))


def dense(plan):
    layer = layers.Dense(plan.channels, name=plan.name())
    return [plan.part(layer)]


@step(dense)
def excited(run, x, part):
    mean = ops.mean(x, axis=axes_of(x), keepdims=True)
    return x * ops.sigmoid(run.part(part)(mean))


@step(dense)
def summary_added(run, x, part):
    y = run.part(part)(ops.max(x, axis=axes_of(x)))
    for axis in axes_of(x):
        y = ops.expand_dims(y, axis)
    return x + y


@step(nothing)
def centred(run, x):
    return x - ops.mean(x, axis=axes_of(x), keepdims=True)


@step(nothing)
def standardized(run, x):
    mean = ops.mean(x, axis=axes_of(x), keepdims=True)
    variance = ops.var(x, axis=axes_of(x), keepdims=True)
    return (x - mean) * ops.rsqrt(variance + 0.1)


@step(dense)
def pooled_by_softmax(run, x, part):
    weights = ops.softmax(run.part(part)(x), axis=1)
    return x + ops.sum(weights * x, axis=1, keepdims=True)


def score(plan):
    return [plan.part(layers.Dense(1, name=plan.name()))]


@step(score)
def attended_places(run, x, part):
    return x * ops.softmax(run.part(part)(x), axis=1)


@step(score)
def spatial_gate(run, x, part):
    return x * ops.sigmoid(run.part(part)(x))


@step(nothing)
def padded_and_cut(run, x):
    pads = [[0, 0], *[[1, 1]] * len(axes_of(x)), [0, 0]]
    x = ops.pad(x, pads)
    return x[:, 2:] if len(x.shape) == 3 else x[:, 2:, :-2]


def shorter(plan):
    if plan.in_branch or plan.length < 6:
        return None
    first, *rest = plan.shape
    plan.shape = (first - 1, *rest)
    return []


@step(shorter)
def without_first(run, x):
    return x[:, 1:]


@step(shorter)
def differences(run, x):
    return x[:, 1:] - x[:, :-1]


@step(nothing, rank=2)
def backward(run, x):
    return x[:, ::-1] + ops.flip(x, axis=1) * 0.5


@step(nothing, rank=2)
def rolled(run, x):
    return ops.roll(x, 1, axis=1)


@step(nothing, rank=2)
def first_to_all(run, x):
    return x + ops.take(x, [0], axis=1)


@step(nothing, rank=2)
def picked(run, x):
    return x + ops.expand_dims(x[:, -1], axis=1) + x[:, 0][:, None, :]


def length(plan):
    return [plan.length]


@step(length, rank=2)
def each_place(run, x, length):
    places = ops.unstack(x, length, axis=1)
    return ops.stack([places[-1], *places[:-1]], axis=1)


@step(length, rank=2)
def reordered(run, x, length):
    return ops.take(x, list(range(length))[::-1], axis=1)


@step(nothing)
def repeated_and_pooled(run, x):
    y = ops.repeat(x, 2, axis=1)
    length, rest = length_of(x), x.shape[2:]
    return ops.max(ops.reshape(y, (-1, length, 2, *rest)), axis=2)
