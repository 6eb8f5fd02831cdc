"""Steps that go two ways and come together again."""

from keras import ops

from tests.graph.random_networks.steps.registry import step


def one_branch(plan):
    return [plan.branch()]


def two_branches(plan):
    return [plan.branch(), plan.branch()]


def two_widths(plan):
    width = plan.choices.choice((2, 3, 5))
    steps = [plan.branch(), plan.branch(width)]
    plan.shape = (*plan.places, plan.channels + width)
    return steps


@step(one_branch)
def residual(run, x, steps):
    return x + run.steps(steps, x)


@step(one_branch)
def residual_the_other_way(run, x, steps):
    y = run.steps(steps, x)
    y += x
    return y


@step(two_branches)
def gated(run, x, steps, gate):
    return run.steps(steps, x) * ops.sigmoid(run.steps(gate, x))


@step(two_branches)
def larger(run, x, steps, others):
    return ops.maximum(run.steps(steps, x), run.steps(others, x))


@step(two_branches)
def chosen(run, x, steps, others):
    y = run.steps(steps, x)
    return ops.where(y > 0, y, run.steps(others, x))


@step(two_widths)
def joined(run, x, steps, others):
    return ops.concatenate([run.steps(steps, x), run.steps(others, x)], axis=-1)


@step(two_branches)
def stacked(run, x, steps, others):
    both = ops.stack([run.steps(steps, x), run.steps(others, x)], axis=1)
    return ops.max(both, axis=1)


@step(two_branches)
def stacked_last(run, x, steps, others):
    both = ops.stack([run.steps(steps, x), run.steps(others, x)], axis=-1)
    return ops.sum(both, axis=-1)


@step(one_branch)
def twice(run, x, steps):
    return run.steps(steps, run.steps(steps, x))


def interpolation(plan):
    return [plan.branch(), plan.weight("scale", (plan.channels,))]


@step(interpolation)
def interpolated(run, x, steps, weight):
    share = ops.sigmoid(run.weight(weight))
    return share * x + (1.0 - share) * run.steps(steps, x)


@step()
def merged(run, inputs, how):
    """The first step of a layer that takes a list."""
    if how == "add":
        return inputs[0] + inputs[1]
    if how == "multiply":
        return inputs[0] * ops.tanh(inputs[1])
    return ops.concatenate(list(inputs), axis=-1)


@step()
def forked(run, x, how, steps, others):
    """The last step of a layer that returns several tensors."""
    first, second = run.steps(steps, x), run.steps(others, x)
    if how == "list":
        return [first, second]
    if how == "dict":
        return {"first": first, "second": second}
    return first, second
