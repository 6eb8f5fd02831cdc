"""Networks around attention."""

import numpy as np
from keras import layers, ops

from tests.graph.case import STEPS, Case, another

PLACES = (4, 3, 6)


def to_itself(layer, **arguments):
    """Self-attention."""
    return lambda x: layer(x, x, **arguments)


def residual(layer):
    """Self-attention beside a shortcut, as in a transformer."""
    return lambda x: layers.Add()([x, layer(x, x)])


def to_another(layer, count, key_count=None, **arguments):
    """Attention to a shorter sequence that has channels of its own."""

    def build(x):
        value = layers.AveragePooling1D(2)(another(x, count))
        if key_count is None:
            return layer(x, value, **arguments)
        key = layers.MaxPooling1D(2)(another(value, key_count))
        key = layers.UpSampling1D(2)(key)
        return layer(x, value, key=key, **arguments)

    return build


def with_scores(layer):
    """Both outputs are used."""

    def build(x):
        y, scores = layer(x, x, return_attention_scores=True)
        scores = layers.Reshape((-1, x.shape[1]))(scores)
        return layers.Concatenate(axis=1)(
            [layers.Dense(3)(y), layers.Dense(3, name="of_scores")(scores)]
        )

    return build


def with_scores_as_channels(layer):
    """The heads of the scores become channels."""

    def build(x):
        _, scores = layer(x, x, return_attention_scores=True)
        return layers.Permute((2, 3, 1))(scores)

    return build


def with_mask(layer, shape):
    """A mask is computed from the input's places."""

    def build(x):
        near = np.tri(x.shape[1], k=1)
        mask = ops.reshape(ops.cast(near, "bool"), shape)
        mask = ops.convert_to_numpy(mask)
        return layer(x, x, attention_mask=mask)

    return build


def with_computed_mask(layer):
    """The mask depends on the values of channels."""

    def build(x):
        mask = layers.Dense(x.shape[1], name="masking")(x) > -0.5
        return layer(x, x, attention_mask=mask)

    return build


def twice(layer):
    """One layer for two sequences."""
    return lambda x: layer(x, layer(another(x, 6), another(x, 6)))


def squashed(build):
    """What is masked is not zero where the layer reads it."""
    return lambda x: build(layers.Activation("sigmoid")(x))


def listed(layer, count, **arguments):
    """A layer that takes a list: query, value and key."""

    def build(x):
        value = layers.AveragePooling1D(2)(another(x, count))
        value = layers.Activation("sigmoid")(value)
        key = layers.AveragePooling1D(2)(another(x, x.shape[-1]))
        return layer([x, value, layers.ReLU()(key)], **arguments)

    return build


def of_one(layer):
    """The value is the key, too."""

    def build(x):
        return layer([x, layers.Activation("sigmoid")(another(x, 6))])

    return build


def listed_with_scores(layer):
    def build(x):
        y, scores = layer([x, x], return_attention_scores=True)
        return layers.Concatenate()([y, scores])

    return build


def listed_twice(layer):
    def build(x):
        y = another(x, 6)
        return layers.Concatenate()([layer([x, y]), layer([y, x])])

    return build


def embedded(layer):
    """Keras carries a mask of tokens."""

    def build(x):
        tokens = ops.cast(ops.argmax(x, axis=-1), "int32")
        y = layers.Embedding(6, 8, mask_zero=True)(tokens)
        return layers.GlobalAveragePooling1D()(layer(y, y))

    return build


MHA = layers.MultiHeadAttention
GQA = layers.GroupQueryAttention

CASES = [
    Case(MHA, STEPS, to_itself(MHA(4, 3))),
    Case(MHA, STEPS, residual(MHA(4, 3, value_dim=5, dropout=0.5)), 1),
    Case(MHA, STEPS, to_another(MHA(3, 4, use_bias=False), 5), 2),
    Case(MHA, STEPS, to_another(MHA(3, 4, output_shape=7), 5, 4), 3),
    Case(MHA, STEPS, to_itself(MHA(3, 4, output_shape=(2, 5))), 4),
    Case(MHA, STEPS, to_itself(MHA(4, 3), use_causal_mask=True), 5),
    Case(MHA, STEPS, with_scores(MHA(4, 3)), 6),
    Case(MHA, STEPS, with_scores_as_channels(MHA(4, 3)), 7),
    Case(MHA, STEPS, with_mask(MHA(4, 3), (1, 8, 8)), 8),
    Case(MHA, STEPS, with_mask(MHA(4, 3), (1, 1, 8, 8)), 9),
    Case(MHA, STEPS, with_computed_mask(MHA(4, 3)), 10),
    Case(MHA, STEPS, twice(MHA(4, 3)), 11),
    Case(MHA, STEPS, to_itself(MHA(4, 3, use_gate=True)), 12),
    Case(MHA, STEPS, to_itself(MHA(4, 3, dropout=0.5)), 13),
    Case(MHA, STEPS, to_itself(MHA(4, 3, sliding_window=2)), 14),
    Case(MHA, PLACES, to_itself(MHA(4, 3, attention_axes=(1, 2))), 15),
    Case(MHA, PLACES, to_itself(MHA(4, 3, attention_axes=2)), 16),
    Case(MHA, PLACES, to_itself(MHA(4, 3)), 17),
    Case(MHA, STEPS, embedded(MHA(4, 3)), 18),
    Case(MHA, STEPS, squashed(residual(MHA(4, 3))), 19),
    Case(GQA, STEPS, to_itself(GQA(4, 6, 3))),
    Case(GQA, STEPS, residual(GQA(4, 6, 2, use_bias=False)), 1),
    Case(GQA, STEPS, to_another(GQA(4, 6, 3), 6), 2),
    Case(GQA, STEPS, to_another(GQA(4, 6, 3), 6, 5), 3),
    Case(GQA, STEPS, to_itself(GQA(4, 5, 1)), 4),
    Case(GQA, STEPS, to_itself(GQA(4, 3, 3), use_causal_mask=True), 5),
    Case(GQA, STEPS, with_scores(GQA(4, 6, 3)), 6),
    Case(GQA, STEPS, with_scores_as_channels(GQA(4, 6, 1)), 7),
    Case(GQA, STEPS, with_mask(GQA(4, 6, 3), (1, 8, 8)), 8),
    Case(GQA, STEPS, to_itself(GQA(4, 6, 3, use_gate=True)), 9),
    Case(GQA, STEPS, twice(GQA(4, 6, 3, dropout=0.5)), 10),
    *(
        Case(kind, STEPS, build(kind(**arguments)), 10 * row + column)
        for kind, settings in (
            (
                layers.Attention,
                (
                    {},
                    {"use_scale": True, "dropout": 0.5},
                    {"score_mode": "concat", "use_scale": True},
                ),
            ),
            (layers.AdditiveAttention, ({}, {"use_scale": False})),
        )
        for column, arguments in enumerate(settings)
        for row, build in enumerate(
            (
                lambda layer: listed(layer, 5),
                lambda layer: squashed(listed(layer, 5)),
                lambda layer: squashed(listed(layer, 6, use_causal_mask=True)),
                of_one,
                lambda layer: squashed(of_one(layer)),
                listed_with_scores,
                listed_twice,
            )
        )
    ),
]
