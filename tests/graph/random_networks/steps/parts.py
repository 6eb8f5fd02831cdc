"""Steps that call layers."""

import keras
from keras import layers

from tests.graph.random_networks import subclasses
from tests.graph.random_networks.steps.registry import step

ACTIVATIONS = (None, "relu", "tanh", "gelu", "leaky_relu")


def widening(plan, kind, *arguments, **settings):
    """A layer that gives the tensor another number of channels."""
    width = plan.width()
    activation = plan.choices.choice(ACTIVATIONS)
    layer = kind(
        width, *arguments, activation=activation, name=plan.name(), **settings
    )
    plan.shape = (*plan.places, width)
    return [plan.part(layer)]


def dense(plan):
    return widening(plan, layers.Dense)


def convolution(plan):
    kind = layers.Conv1D if plan.rank == 2 else layers.Conv2D
    return widening(plan, kind, 3, padding="same")


def einsum_dense(plan):
    if plan.rank != 2:
        return None
    width, activation = plan.width(), plan.choices.choice(ACTIVATIONS)
    layer = layers.EinsumDense(
        "abc,cd->abd",
        (*plan.places, width),
        activation=activation,
        bias_axes="d",
        name=plan.name(),
    )
    plan.shape = (*plan.places, width)
    return [plan.part(layer)]


def depthwise(plan):
    kind = layers.DepthwiseConv1D if plan.rank == 2 else layers.DepthwiseConv2D
    return [plan.part(kind(3, padding="same", name=plan.name()))]


def normalization(plan):
    kind = plan.choices.choice(
        (
            layers.BatchNormalization,
            layers.LayerNormalization,
            layers.RMSNormalization,
            layers.GroupNormalization,
            layers.UnitNormalization,
        )
    )
    settings = {}
    if kind is layers.GroupNormalization:
        groups = [n for n in (1, 2, 3) if plan.channels % n == 0]
        settings = {"groups": plan.choices.choice(groups)}
    return [plan.part(kind(name=plan.name(), **settings))]


def unchanging(plan):
    kind = plan.choices.choice(
        (
            lambda name: layers.Activation("tanh", name=name),
            lambda name: layers.ReLU(name=name),
            lambda name: layers.Identity(name=name),
            lambda name: layers.Rescaling(0.5, 0.1, name=name),
            lambda name: layers.PReLU(shared_axes=[1], name=name),
        )
    )
    return [plan.part(kind(plan.name()))]


def written_by_users(plan):
    if plan.choices.boolean():
        layer = subclasses.ResidualDense(plan.channels, name=plan.name())
        return [plan.part(layer)]
    width, kind = plan.width(), plan.choices.choice(subclasses.KINDS)
    plan.shape = (*plan.places, width)
    return [plan.part(kind(width, name=plan.name()))]


def recurrent(plan):
    if plan.rank != 2:
        return None
    kind = plan.choices.choice((layers.LSTM, layers.GRU, layers.SimpleRNN))
    width = plan.choices.choice((3, 4))
    layer = kind(width, return_sequences=True, name=plan.name())
    if plan.choices.boolean():
        layer = layers.Bidirectional(layer)
        width *= 2
    plan.shape = (*plan.places, width)
    return [plan.part(layer)]


def nested_composite(plan):
    return [plan.part(plan.nested())] if plan.depth < 2 else None


def functional(plan):
    """A functional model or a stack, which may hold a composite layer."""
    width = plan.width()
    kind = layers.Conv1D if plan.rank == 2 else layers.Conv2D
    first = kind(width, 1, activation="tanh")
    inner = plan.nested((*plan.places, width)) if plan.depth < 1 else None
    last = layers.Dense(plan.channels)
    stack = [x for x in (first, inner, last) if x is not None]
    if plan.choices.boolean():
        model = keras.Sequential([keras.Input(plan.shape), *stack])
    else:
        x = inputs = keras.Input(plan.shape)
        for layer in stack:
            x = layer(x)
        model = keras.Model(inputs, x)
    return [plan.part(model)]


KINDS = (
    dense,
    dense,
    convolution,
    einsum_dense,
    depthwise,
    normalization,
    normalization,
    unchanging,
    written_by_users,
    recurrent,
    nested_composite,
    functional,
)


def any_part(plan):
    return plan.choices.choice(KINDS)(plan)


@step(any_part)
def part(run, x, index):
    return run.part(index)(x)


@step(convolution)
def convolved(run, x, index):
    return run.part(index)(x)


def normalized(plan):
    layer = subclasses.Normalized(name=plan.name())
    return [plan.part(layer), plan.choices.boolean()]


@step(normalized)
def called_with_a_flag(run, x, index, scaled):
    return run.part(index)(x, scaled=scaled)


def dropout(plan):
    return [plan.part(layers.Dropout(0.3, name=plan.name()))]


@step(dropout)
def dropped(run, x, index):
    return run.part(index)(x, training=run.training)


@step(dropout)
def dropped_in_training(run, x, index):
    return run.part(index)(x) if run.training else x
