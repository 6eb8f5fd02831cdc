"""Steps that call layers place by place, or mix places with channels."""

from keras import layers, ops

from tests.graph.random_networks.steps.layout import batch_of, length_of
from tests.graph.random_networks.steps.registry import step


def recurrence(plan):
    length, width = plan.length, plan.choices.choice((3, 4))
    first, second = (layers.Dense(width, name=plan.name()) for _ in range(2))
    plan.shape = (length, width)
    return [plan.part(first), plan.part(second), length]


@step(recurrence, rank=2)
def recurrence_written_out(run, x, inward, onward, length):
    state = ops.tanh(run.part(inward)(x[:, 0]))
    states = [state]
    for place in range(1, length):
        inner = run.part(inward)(x[:, place]) + run.part(onward)(state)
        state = ops.tanh(inner)
        states.append(state)
    return ops.stack(states, axis=1)


@step(recurrence, rank=2)
def recurrence_with_gate(run, x, inward, gate, length):
    places = ops.unstack(run.part(inward)(x), length, axis=1)
    state = places[0]
    for place in places[1:]:
        share = ops.sigmoid(run.part(gate)(state))
        state = share * state + (1 - share) * ops.tanh(place)
    return ops.stack([state] + places[1:], axis=1)


def pairs(plan):
    length, width = plan.length, plan.choices.choice((3, 4))
    if length % 2 or plan.channels > 8:
        return None
    dense = layers.Dense(2 * width, name=plan.name())
    plan.shape = (length, width)
    return [plan.part(dense), plan.choices.boolean()]


@step(pairs, rank=2)
def pairs_of_places(run, x, dense, named):
    _, length, width = x.shape
    batch = batch_of(x, named)
    x = run.part(dense)(ops.reshape(x, (batch, length // 2, 2 * width)))
    return ops.reshape(x, (batch, length, x.shape[-1] // 2))


def bottleneck(plan):
    if plan.volume > 100:
        return None
    length, width = plan.length, plan.choices.choice((3, 4))
    narrow = layers.Dense(5, activation="tanh", name=plan.name())
    wide = layers.Dense(length * width, name=plan.name())
    plan.shape = (length, width)
    return [plan.part(narrow), plan.part(wide), length, width]


@step(bottleneck, rank=2)
def through_a_vector(run, x, narrow, wide, length, width):
    y = run.part(narrow)(ops.reshape(x, (-1, x.shape[1] * x.shape[2])))
    return ops.reshape(run.part(wide)(y), (-1, length, width))


def places_and_channels(plan):
    if plan.in_branch:
        return None
    length = plan.length
    plan.shape = (plan.channels, length)
    return []


@step(places_and_channels, rank=2)
def turned_around(run, x):
    return ops.transpose(x, (0, 2, 1))


def columns(plan):
    if plan.channels > 8:
        return None
    dense = layers.Dense(3, activation="tanh", name=plan.name())
    plan.shape = (*plan.places, 3 * plan.channels)
    return [plan.part(dense)]


@step(columns, rank=2)
def each_channel_by_itself(run, x, dense):
    y = run.part(dense)(ops.expand_dims(x, -1))
    channels, width = y.shape[2:]
    return ops.reshape(y, (-1, length_of(x), channels * width))
