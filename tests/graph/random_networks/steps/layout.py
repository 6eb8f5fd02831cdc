"""Steps that move axes, and read sizes in all the ways that people do."""

import math

from keras import layers, ops

from tests.graph.random_networks.steps.registry import step


def batch_of(x, named):
    """The batch size as `call` names it."""
    return ops.shape(x)[0] if named else -1


def length_of(x):
    """The length as `call` names it."""
    return ops.shape(x)[1] if x.shape[1] is None else x.shape[1]


def factor(plan):
    counts = [n for n in (2, 3, 4) if plan.channels % n == 0]
    if not counts:
        return None
    literal = plan.choices.choice((None, plan.channels))
    count = plan.choices.choice(counts)
    return [count, plan.choices.boolean(), literal]


@step(factor, rank=2)
def softmax_by_heads(run, x, heads, named, literal):
    """Over time, head by head."""
    batch, length, width = batch_of(x, named), length_of(x), literal
    width = width or x.shape[2]
    y = ops.reshape(x, (batch, length, heads, width // heads))
    y = ops.softmax(ops.transpose(y, (0, 2, 1, 3)), axis=2)
    y = ops.transpose(y, (0, 2, 1, 3))
    return x * ops.reshape(y, (batch, length, width))


@step(factor)
def shuffled(run, x, groups, named, literal):
    _, _, *rest, width = x.shape
    places = [length_of(x), *rest]
    batch, width = batch_of(x, named), literal or width
    x = ops.reshape(x, (batch, *places, groups, width // groups))
    return ops.reshape(ops.swapaxes(x, -1, -2), (batch, *places, width))


@step(factor)
def largest_of_groups(run, x, groups, named, literal):
    _, _, *rest, width = x.shape
    places = [length_of(x), *rest]
    batch, width = batch_of(x, named), literal or width
    y = ops.reshape(x, (batch, *places, groups, width // groups))
    largest = ops.max(y, axis=-2, keepdims=True)
    y = ops.broadcast_to(largest, ops.shape(y)) if named else 0 * y + largest
    return x - 0.5 * ops.reshape(y, (batch, *places, width))


def mixer(plan):
    length = plan.length
    first = layers.Dense(plan.width(), activation="tanh", name=plan.name())
    second = layers.Dense(length, name=plan.name())
    return [plan.part(first), plan.part(second), plan.choices.boolean()]


@step(mixer, rank=2)
def mixed_over_time(run, x, first, second, swapped):
    y = ops.swapaxes(x, 1, 2) if swapped else ops.transpose(x, (0, 2, 1))
    y = run.part(second)(run.part(first)(y))
    return x + (ops.moveaxis(y, -1, 1) if swapped else ops.swapaxes(y, -1, -2))


def as_sequence(plan):
    height, width = plan.places
    steps = plan.branch(places=(height * width,))
    return [steps, plan.choices.boolean()]


@step(as_sequence, rank=3)
def as_sequence_and_back(run, x, steps, named):
    _, height, width, channels = x.shape
    batch = batch_of(x, named)
    x = ops.reshape(x, (batch, height * width, channels))
    x = run.steps(steps, x)
    return ops.reshape(x, (batch, height, width, x.shape[-1]))


def windows(plan):
    height, width = plan.places
    if height % 2 or width % 2:
        return None
    return [plan.branch(places=(4,)), plan.choices.boolean()]


@step(windows, rank=3)
def by_windows(run, x, steps, named):
    """In windows of 2 x 2, as in a Swin transformer."""
    _, height, width, channels = x.shape
    batch = batch_of(x, named)
    x = ops.reshape(x, (batch, height // 2, 2, width // 2, 2, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    x = run.steps(steps, ops.reshape(x, (-1, 4, channels)))
    x = ops.reshape(x, (batch, height // 2, width // 2, 2, 2, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (batch, height, width, channels))


def deeper(plan):
    height, width = plan.places
    if height % 2 or width % 2 or plan.channels > 8:
        return None
    channels = plan.width()
    plan.shape = (*plan.places, channels)
    return [plan.part(layers.Dense(4 * channels, name=plan.name()))]


@step(deeper, rank=3)
def space_to_depth_and_back(run, x, dense):
    _, height, width, channels = x.shape
    x = ops.reshape(x, (-1, height // 2, 2, width // 2, 2, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    x = ops.reshape(x, (-1, height // 2, width // 2, 4 * channels))
    x = run.part(dense)(x)
    x = ops.reshape(x, (-1, height // 2, width // 2, 2, 2, x.shape[-1] // 4))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, height, width, x.shape[-1]))


def flat(plan):
    dense = layers.Dense(plan.channels, activation="tanh", name=plan.name())
    return [plan.part(dense)] if plan.volume < 200 else None


@step(flat)
def flattened(run, x, dense):
    count = math.prod(x.shape[1:])
    y = run.part(dense)(ops.reshape(x, (ops.shape(x)[0], count)))
    for _ in x.shape[2:]:
        y = ops.expand_dims(y, 1)
    return x + y
