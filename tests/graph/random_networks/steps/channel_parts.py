"""Steps that take channels apart or put them in another order."""

from keras import ops

from tests.graph.random_networks.steps.registry import nothing, step


def equal_parts(plan):
    counts = [n for n in (2, 3, 4) if plan.channels % n == 0]
    return [plan.choices.choice(counts)] if counts else None


def two_parts(plan):
    if plan.channels < 2:
        return None
    width = plan.choices.integer(1, plan.channels - 1)
    first = plan.branch(start=width, width=width)
    rest = plan.channels - width
    return [width, first, plan.branch(start=rest, width=rest)]


def halves(plan):
    if plan.channels % 2:
        return None
    width = plan.channels // 2
    plan.shape = (*plan.places, width)
    return [plan.branch()]


def order(plan):
    count = plan.choices.integer(2, plan.channels + 2)
    chosen = [plan.choices.below(plan.channels) for _ in range(count)]
    plan.shape = (*plan.places, count)
    return [chosen]


@step(equal_parts)
def split_in_equal_parts(run, x, count):
    parts = ops.split(x, count, axis=-1)
    return ops.concatenate(parts[::-1], axis=-1)


@step(two_parts)
def split_at(run, x, width, steps, others):
    first, second = ops.split(x, [width], axis=-1)
    return ops.concatenate(
        [run.steps(others, second), run.steps(steps, first)], axis=-1
    )


@step(two_parts)
def sliced(run, x, width, steps, others):
    first, second = x[..., :width], x[..., width:]
    return ops.concatenate(
        [run.steps(steps, first), run.steps(others, second)], axis=-1
    )


@step(halves)
def gated_by_other_half(run, x, steps):
    value, gate = ops.split(x, 2, axis=-1)
    return run.steps(steps, value) * ops.sigmoid(gate)


@step(halves)
def halves_by_slices(run, x, steps):
    width = x.shape[-1] // 2
    return x[..., :width] + run.steps(steps, x[..., width:])


@step(order)
def taken(run, x, chosen):
    return ops.take(x, chosen, axis=-1)


def widened(plan):
    width = plan.choices.integer(1, 3)
    before = plan.choices.boolean()
    plan.shape = (*plan.places, plan.channels + width)
    return [width, before]


@step(widened)
def padded_channels(run, x, width, before):
    pads = [[0, 0]] * (len(x.shape) - 1)
    return ops.pad(x, [*pads, [width, 0] if before else [0, width]])


def doubled(plan):
    if plan.channels > 8:
        return None
    plan.shape = (*plan.places, 2 * plan.channels)
    return []


@step(doubled)
def repeated_channels(run, x):
    return ops.repeat(x, 2, axis=-1)


@step(doubled)
def tiled_channels(run, x):
    return ops.tile(x, [1] * (len(x.shape) - 1) + [2])


@step(doubled)
def mirrored(run, x):
    return ops.concatenate([x, ops.flip(x, axis=-1)], axis=-1)


@step(doubled)
def rectified_both_ways(run, x):
    return ops.concatenate([ops.relu(x), ops.relu(-x)], axis=-1)


@step(nothing)
def turned(run, x):
    return ops.flip(x, axis=-1)
