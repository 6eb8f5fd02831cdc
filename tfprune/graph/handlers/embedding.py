"""Tables that are looked up, and the way back to their rows."""

from collections.abc import Sequence
from dataclasses import replace

from keras import layers

from tfprune.graph.binding import (
    Binding,
    Constants,
    Flow,
    WeightAxis,
    Weights,
)
from tfprune.graph.channels import Channels, ChannelTensor
from tfprune.graph.handlers.axes import positions
from tfprune.graph.handlers.constants import on
from tfprune.graph.handlers.registry import handles
from tfprune.graph.inputs import Inputs


@handles(layers.Embedding)
def embedding(
    layer: layers.Embedding,
    inputs: Sequence[ChannelTensor],
    channels: Channels,
) -> Binding:
    # Its rows are no channels: what is looked up are numbers of rows.
    channels.freeze(inputs[0].full_ids, "is looked up in a table")
    units = channels.new(layer.output_dim)
    return Binding(
        output=units,
        axes=(WeightAxis("embeddings", 1, units, "out"),),
        sizes={"output_dim": units},
        constants=looked_up(inputs[0].rank + 1),
    )


def looked_up(rank: int) -> Flow:
    """Flow of a look-up: a column of one number is a constant."""

    def flow(inputs: Sequence[Constants], weights: Weights) -> Constants:
        table = weights["embeddings"]
        known = (table == table[:1]).all(axis=0)
        return on(Constants.where(known, table[0]), -1, rank)

    return flow


@handles(layers.ReversibleEmbedding)
def reversible_embedding(
    layer: layers.ReversibleEmbedding, inputs: Inputs, channels: Channels
) -> Binding:
    if inputs.arguments.get("reverse", False):
        return scores_of_rows(layer, inputs[0], channels)
    there = embedding(layer, inputs, channels)
    # A table of its own for the way back has as many columns.
    units = channels.new(layer.output_dim)
    back = WeightAxis("reverse_embeddings", 0, units, "out")
    return replace(there, axes=(*there.axes, back))


def scores_of_rows(
    layer: layers.ReversibleEmbedding, x: ChannelTensor, channels: Channels
) -> Binding:
    """Binds the product of an activation and every row of a table."""
    units = channels.along(x, -1)
    tied = layer.tie_weights
    return Binding(
        output=channels.fixed(layer.input_dim, "stands for a row of a table"),
        axes=(
            WeightAxis("embeddings", 1, units, "in" if tied else "out"),
            WeightAxis("reverse_embeddings", 0, units, "in"),
        ),
        sizes={"output_dim": units},
        macs={
            "embeddings" if tied else "reverse_embeddings": positions(
                x.shape, -1
            )
        },
    )
