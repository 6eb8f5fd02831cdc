"""Whole networks drawn at random."""

import keras
from keras import layers, ops

from tests.families.example import responsive
from tests.graph.random_networks import images, sequences
from tests.graph.random_networks.composite import CompositeModel
from tests.graph.random_networks.plan import LARGEST, Plan

TOKENS = 7


def image_network(choices):
    """Functional blocks on images."""
    inputs = [keras.Input((4, 4, 3))]
    x = layers.Conv2D(choices.choice((4, 8)), 3, padding="same")(inputs[0])
    if choices.boolean():
        inputs.append(keras.Input((4, 4, 2)))
        y = layers.Conv2D(x.shape[-1], 1, activation="tanh")(inputs[1])
        x = layers.Add()([x, y])
    outputs = []
    for _ in range(choices.integer(0, 6)):
        x = narrowed(choices.choice(images.BLOCKS)(choices, x))
    if choices.boolean():
        outputs.append(layers.Conv2D(2, 1, name="map")(x))
    x = images.head(choices, x)
    outputs.append(layers.Dense(3, name="scores")(x))
    return keras.Model(inputs, outputs)


def sequence_network(choices):
    """Functional blocks on sequences of vectors or of tokens."""
    inputs, x, table = sequence_input(choices)
    inputs = [inputs]
    if choices.boolean():
        inputs.append(keras.Input((x.shape[1], 2)))
        y = layers.Dense(x.shape[-1], activation="tanh")(inputs[1])
        x = layers.Add()([x, y])
    for _ in range(choices.integer(1, 5)):
        x = narrowed(choices.choice(sequences.BLOCKS)(choices, x))
    if table is not None and choices.boolean():
        x = layers.Dense(table.output_dim)(x)
        return keras.Model(inputs, table(x, reverse=True))
    x = sequences.head(choices, x)
    return keras.Model(inputs, layers.Dense(3, name="scores")(x))


def sequence_input(choices):
    """An input, what it becomes, and the table that it is looked up in."""
    length, width = choices.choice((5, 7)), choices.choice((4, 6, 8))
    if choices.boolean():
        inputs = keras.Input((length, 3))
        return inputs, layers.Dense(width)(inputs), None
    inputs = keras.Input((length,), dtype="int32")
    table = layers.ReversibleEmbedding(
        TOKENS,
        width,
        tie_weights=choices.boolean(),
        mask_zero=choices.integer(0, 3) == 0,
    )
    places = layers.Embedding(length, width)(ops.arange(length))
    return inputs, table(inputs) + places, table


def narrowed(x):
    """Keeps networks small."""
    return layers.Dense(6)(x) if x.shape[-1] > LARGEST else x


def composite_network(choices):
    """Composite layers among functional blocks, or a subclassed model."""
    if choices.integer(0, 3) == 0:
        return subclassed_network(choices)
    if choices.boolean():
        inputs = keras.Input((4, 4, 3))
        x = layers.Conv2D(choices.choice((4, 6)), 3, padding="same")(inputs)
        blocks, head = images.BLOCKS, images.head
    else:
        inputs, x, _ = sequence_input(choices)
        blocks, head = sequences.BLOCKS, sequences.head
        if choices.integer(0, 3) == 0:
            return unknown_length_network(choices)
    drawn = [composite_block]
    if choices.boolean():
        drawn.append(choices.choice(blocks))
    if choices.boolean():
        drawn.append(choices.choice((composite_block, shared, several)))
    if choices.boolean():
        drawn.reverse()
    for block in drawn:
        x = narrowed(block(choices, x))
    outputs = [layers.Dense(3, name="scores")(head(choices, x))]
    if choices.integer(0, 3) == 0:
        outputs.append(ops.tanh(layers.Dense(2)(x)))
    return keras.Model(inputs, outputs)


def unknown_length_network(choices):
    """Composite layers on sequences of any length."""
    inputs = keras.Input((None, 3))
    x = layers.Dense(choices.choice((4, 6)), activation="tanh")(inputs)
    x = composite_block(choices, x)
    x = narrowed(choices.choice((composite_block, shared))(choices, x))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(inputs, layers.Dense(3, name="scores")(x))


def subclassed_network(choices):
    """A subclassed model at the top."""
    shape = choices.choice(((5, 3), (4, 4, 3)))
    width = choices.choice((4, 6))
    parts = [layers.Dense(width, activation="tanh")]
    plan = Plan(choices, (*shape[:-1], width))
    parts.append(plan.layer(plan.steps(4)))
    if choices.boolean():
        again = Plan(choices, plan.shape)
        parts.append(again.layer(again.steps(2)))
    parts += [layers.Flatten(), layers.Dense(3)]
    model = CompositeModel(parts)
    model(ops.zeros((1, *shape)))
    return model


def composite_block(choices, x):
    """A composite layer, or a subclassed model around one."""
    plan = Plan(choices, x.shape[1:])
    layer = plan.layer(plan.steps(4))
    return (CompositeModel([layer]) if choices.integer(0, 3) == 0 else layer)(x)


def shared(choices, x):
    """A composite layer that is called twice."""
    layer = Plan(choices, x.shape[1:]).nested()
    return layer(layer(x))


def several(choices, x):
    """A composite layer of two inputs and two outputs."""
    y = layers.Dense(choices.choice((x.shape[-1], 5)), activation="tanh")(x)
    hows = ["concatenate"]
    if y.shape[-1] == x.shape[-1]:
        hows += ["add", "multiply"]
    how = choices.choice(hows)
    width = x.shape[-1] + (y.shape[-1] if how == "concatenate" else 0)
    context = choices.choice((None, y))
    plan = Plan(
        choices,
        (*x.shape[1:-1], width),
        context=None if context is None else context.shape[1:],
    )
    steps = plan.steps(2)
    form = choices.choice(("list", "tuple", "dict"))
    fork = ["forked", form, plan.branch(), plan.branch(4)]
    layer = plan.layer([["merged", how], *steps, fork])
    found = keras.tree.flatten(layer([x, y], context=context))
    return layers.Concatenate()(found)


FAMILIES = {
    "images": image_network,
    "sequences": sequence_network,
    "composites": composite_network,
}


def random_network(family, choices):
    """A network of a family, with random weights that let the signal through.

    Args:
        family: A key of `FAMILIES`.
        choices: Where choices come from.
    """
    keras.backend.clear_session(free_memory=False)
    model = FAMILIES[family](choices)
    return responsive(model, choices.below(2**16))
