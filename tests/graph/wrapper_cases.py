"""Networks around layers that hold a layer, tables and preprocessing."""

from keras import layers, ops

from tests.graph.case import IMAGE, STEPS, TOKENS, VECTOR, Case, producer


def distributed(layer):
    return layers.TimeDistributed(layer)


def with_positions(x):
    """Adds an embedding of positions, which are counted, to one of tokens."""
    y = layers.Embedding(10, 6)(x)
    return layers.Add()([y, layers.Dense(6, activation="tanh")(y)])


def language_model(layer):
    """Tokens there and back through one table."""

    def build(x):
        y = layer(x)
        y = layers.Add()([y, layers.Dense(6, activation="tanh")(y)])
        return layer(y, reverse=True)

    return build


def scored_only(layer):
    """The way back alone, and the table looked up beside."""

    def build(x):
        y = layer(x)
        z = producer(layers.Dense(5)(y), 6)
        return layer(z, reverse=True)

    return build


def padded(x):
    """A mask of the padding, which a recurrent layer reads."""
    y = layers.Embedding(10, 6, mask_zero=True)(x)
    y = layers.LSTM(5, return_sequences=True)(y)
    return layers.GRU(4)(y)


def padding_zeroed(x):
    """Tokens that are zero have vectors of zeros."""
    mask = ops.expand_dims(ops.cast(ops.not_equal(x, 0), "float32"), -1)
    return layers.Embedding(10, 6)(x) * mask


def behind(layer):
    """A convolution that can be pruned behind a layer that freezes."""
    return lambda x: layers.Conv2D(5, 1, activation="tanh")(layer(x))


CASES = [
    Case(layers.Embedding, TOKENS, layers.Embedding(10, 6), dtype="int32"),
    Case(layers.Embedding, TOKENS, with_positions, 1, dtype="int32"),
    Case(layers.Embedding, TOKENS, padded, 2, dtype="int32"),
    Case(layers.Embedding, TOKENS, padding_zeroed, 3, dtype="int32"),
    Case(
        layers.ReversibleEmbedding,
        TOKENS,
        language_model(layers.ReversibleEmbedding(10, 6)),
        dtype="int32",
    ),
    Case(
        layers.ReversibleEmbedding,
        TOKENS,
        language_model(
            layers.ReversibleEmbedding(
                10, 6, tie_weights=False, logit_soft_cap=2.0
            )
        ),
        1,
        dtype="int32",
    ),
    Case(
        layers.ReversibleEmbedding,
        TOKENS,
        scored_only(layers.ReversibleEmbedding(10, 6, tie_weights=False)),
        2,
        dtype="int32",
    ),
    Case(
        layers.ReversibleEmbedding,
        TOKENS,
        layers.ReversibleEmbedding(10, 6, tie_weights=False),
        3,
        dtype="int32",
    ),
    Case(
        layers.TimeDistributed,
        STEPS,
        distributed(layers.Dense(5, activation="relu")),
    ),
    Case(layers.TimeDistributed, IMAGE, distributed(layers.Conv1D(5, 3)), 1),
    Case(
        layers.TimeDistributed,
        IMAGE,
        distributed(layers.BatchNormalization()),
        2,
    ),
    Case(
        layers.TimeDistributed,
        STEPS,
        distributed(layers.LayerNormalization()),
        3,
    ),
    Case(layers.TimeDistributed, IMAGE, distributed(layers.Flatten()), 4),
    Case(
        layers.TimeDistributed, IMAGE, distributed(layers.Reshape((3, 12))), 5
    ),
    Case(layers.TimeDistributed, IMAGE, distributed(layers.LSTM(5)), 6),
    Case(
        layers.TimeDistributed,
        IMAGE,
        distributed(layers.GlobalAveragePooling1D()),
        7,
    ),
    Case(
        layers.TimeDistributed,
        STEPS,
        distributed(layers.Dropout(0.5)),
        8,
    ),
    Case(
        layers.TimeDistributed,
        (2, 3, 4, 6),
        distributed(distributed(layers.Dense(5))),
        9,
    ),
    Case(
        layers.TimeDistributed,
        (2, 5, 5, 6),
        distributed(layers.SeparableConv2D(5, 3)),
        10,
    ),
    Case(
        layers.SpectralNormalization,
        IMAGE,
        layers.SpectralNormalization(layers.Conv2D(5, 3)),
    ),
    Case(
        layers.SpectralNormalization,
        VECTOR,
        layers.SpectralNormalization(layers.Dense(5), power_iterations=2),
        1,
    ),
    Case(
        layers.SpectralNormalization,
        IMAGE,
        layers.SpectralNormalization(layers.Conv2DTranspose(5, 3)),
        2,
    ),
    Case(
        layers.SpectralNormalization,
        IMAGE,
        layers.SpectralNormalization(
            layers.DepthwiseConv2D(3, depth_multiplier=2)
        ),
        3,
    ),
    Case(
        layers.Masking,
        STEPS,
        lambda x: layers.GRU(5)(layers.Masking()(x)),
    ),
    Case(layers.Resizing, IMAGE, layers.Resizing(4, 5)),
    Case(
        layers.Resizing,
        IMAGE,
        layers.Resizing(9, 5, "nearest", pad_to_aspect_ratio=True),
        1,
    ),
    Case(layers.CenterCrop, IMAGE, layers.CenterCrop(4, 3)),
    *(
        Case(kind, IMAGE, kind(**settings))
        for kind, settings in (
            (layers.RandomBrightness, {"factor": 0.2}),
            (layers.RandomContrast, {"factor": 0.2}),
            (layers.RandomElasticTransform, {}),
            (layers.RandomErasing, {}),
            (layers.RandomFlip, {}),
            (layers.RandomGaussianBlur, {}),
            (layers.RandomInvert, {}),
            (layers.RandomPerspective, {}),
            (layers.RandomPosterization, {"factor": 2}),
            (layers.RandomRotation, {"factor": 0.2}),
            (layers.RandomSharpness, {"factor": 0.2}),
            (layers.RandomShear, {}),
            (
                layers.RandomTranslation,
                {"height_factor": 0.2, "width_factor": 0.2},
            ),
            (layers.RandomZoom, {"height_factor": 0.2}),
        )
    ),
    *(
        Case(kind, (6, 6, 3), behind(kind(**settings)))
        for kind, settings in (
            (layers.AugMix, {}),
            (layers.RandAugment, {}),
            (layers.RandomColorDegeneration, {"factor": 0.2}),
            (layers.RandomColorJitter, {}),
            (layers.RandomGrayscale, {}),
            (layers.RandomHue, {"factor": 0.2}),
            (layers.RandomSaturation, {"factor": 0.2}),
        )
    ),
]
