"""For each handled layer, small networks around it."""

from keras import layers

from tests.graph import (
    attention_cases,
    einsum_cases,
    quantized_cases,
    recurrent_cases,
    statistics_cases,
    wrapper_cases,
)
from tests.graph.case import IMAGE, STEPS, VECTOR, VOLUME, Case, merged


def squeeze_and_excite(x):
    s = layers.GlobalAveragePooling2D()(x)
    s = layers.Dense(3, activation="relu")(s)
    s = layers.Dense(x.shape[-1], activation="sigmoid")(s)
    return layers.Multiply()([x, layers.Reshape((1, 1, x.shape[-1]))(s)])


def channel_shuffle(x):
    *places, channels = x.shape[1:]
    x = layers.Reshape((*places, 2, channels // 2))(x)
    x = layers.Permute((1, 2, 4, 3))(x)
    return layers.Reshape((*places, channels))(x)


def spatial_attention(x):
    gate = layers.Conv2D(1, 1, activation="sigmoid")(x)
    return layers.Multiply()([x, gate])


def flattened_and_back(x):
    y = layers.Flatten()(x)
    return layers.Reshape(x.shape[1:])(y)


CASES = [
    Case(layers.Dense, VECTOR, layers.Dense(5, activation="relu")),
    Case(layers.Dense, STEPS, layers.Dense(5, use_bias=False), 1),
    Case(layers.Identity, IMAGE, layers.Identity()),
    Case(layers.Conv1D, STEPS, layers.Conv1D(5, 3, padding="causal")),
    Case(layers.Conv2D, IMAGE, layers.Conv2D(5, 3, strides=2)),
    Case(layers.Conv2D, IMAGE, layers.Conv2D(4, 3, groups=2), 1),
    Case(layers.Conv2D, IMAGE, layers.Conv2D(12, 3, groups=6), 2),
    Case(layers.Conv2D, IMAGE, layers.Conv2D(5, 3, dilation_rate=2), 3),
    Case(layers.Conv3D, VOLUME, layers.Conv3D(5, 2)),
    Case(
        layers.Conv1DTranspose, STEPS, layers.Conv1DTranspose(5, 3, strides=2)
    ),
    Case(
        layers.Conv2DTranspose,
        IMAGE,
        layers.Conv2DTranspose(5, 3, strides=2, padding="same"),
    ),
    Case(layers.Conv3DTranspose, VOLUME, layers.Conv3DTranspose(5, 2)),
    Case(
        layers.DepthwiseConv1D,
        STEPS,
        layers.DepthwiseConv1D(3, depth_multiplier=2),
    ),
    Case(
        layers.DepthwiseConv2D,
        IMAGE,
        layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
    ),
    Case(
        layers.SeparableConv1D,
        STEPS,
        layers.SeparableConv1D(5, 3, depth_multiplier=2),
    ),
    Case(layers.SeparableConv2D, IMAGE, layers.SeparableConv2D(5, 3)),
    Case(layers.BatchNormalization, IMAGE, layers.BatchNormalization()),
    Case(
        layers.BatchNormalization,
        VECTOR,
        layers.BatchNormalization(scale=False),
        1,
    ),
    Case(layers.Rescaling, IMAGE, layers.Rescaling(2.0, 1.0)),
    Case(layers.Normalization, VECTOR, layers.Normalization()),
    Case(layers.ReLU, IMAGE, layers.ReLU(6.0)),
    Case(layers.LeakyReLU, IMAGE, layers.LeakyReLU(0.1)),
    Case(layers.ELU, IMAGE, layers.ELU()),
    Case(layers.PReLU, IMAGE, layers.PReLU(shared_axes=[1, 2])),
    Case(layers.PReLU, IMAGE, layers.PReLU(), 1),
    Case(layers.Softmax, VECTOR, layers.Softmax()),
    *(
        Case(layers.Activation, IMAGE, layers.Activation(name), index)
        for index, name in enumerate(
            ("sigmoid", "gelu", "softplus", "hard_silu", "exponential")
        )
    ),
    Case(layers.Activation, VECTOR, layers.Activation("softmax"), 9),
    *(
        Case(kind, shape, kind(2))
        for kinds, shape in (
            (
                (
                    layers.MaxPooling1D,
                    layers.AveragePooling1D,
                    layers.UpSampling1D,
                    layers.Cropping1D,
                    layers.AdaptiveAveragePooling1D,
                    layers.AdaptiveMaxPooling1D,
                ),
                STEPS,
            ),
            (
                (
                    layers.MaxPooling2D,
                    layers.AveragePooling2D,
                    layers.UpSampling2D,
                    layers.Cropping2D,
                    layers.ZeroPadding2D,
                    layers.AdaptiveAveragePooling2D,
                    layers.AdaptiveMaxPooling2D,
                ),
                IMAGE,
            ),
            (
                (
                    layers.MaxPooling3D,
                    layers.AveragePooling3D,
                    layers.UpSampling3D,
                    layers.ZeroPadding3D,
                    layers.AdaptiveAveragePooling3D,
                    layers.AdaptiveMaxPooling3D,
                ),
                VOLUME,
            ),
        )
        for kind in kinds
    ),
    Case(layers.Cropping3D, VOLUME, layers.Cropping3D(1)),
    Case(layers.ZeroPadding1D, STEPS, layers.ZeroPadding1D((1, 2))),
    *(
        Case(kind, shape, kind(keepdims=keepdims), int(keepdims))
        for kinds, shape in (
            (
                (layers.GlobalAveragePooling1D, layers.GlobalMaxPooling1D),
                STEPS,
            ),
            (
                (layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D),
                IMAGE,
            ),
            (
                (layers.GlobalAveragePooling3D, layers.GlobalMaxPooling3D),
                VOLUME,
            ),
        )
        for kind in kinds
        for keepdims in (False, True)
    ),
    Case(layers.Flatten, IMAGE, layers.Flatten()),
    Case(layers.Reshape, IMAGE, layers.Reshape((36, 6))),
    Case(layers.Reshape, IMAGE, layers.Reshape((6, 36)), 1),
    Case(layers.Reshape, IMAGE, layers.Reshape((-1, 6)), 2),
    Case(layers.Reshape, IMAGE, flattened_and_back, 3),
    Case(layers.Reshape, IMAGE, channel_shuffle, 4),
    Case(layers.Permute, STEPS, layers.Permute((2, 1))),
    Case(layers.RepeatVector, VECTOR, layers.RepeatVector(3)),
    *(
        Case(kind, shape, merged(kind()), len(shape))
        for kind in (
            layers.Add,
            layers.Subtract,
            layers.Multiply,
            layers.Average,
            layers.Maximum,
            layers.Minimum,
        )
        for shape in (VECTOR, IMAGE)
    ),
    Case(layers.Multiply, IMAGE, squeeze_and_excite),
    Case(layers.Multiply, IMAGE, spatial_attention, 1),
    Case(layers.Concatenate, IMAGE, merged(layers.Concatenate())),
    Case(layers.Concatenate, IMAGE, merged(layers.Concatenate(axis=1)), 1),
    Case(layers.Concatenate, STEPS, merged(layers.Concatenate(axis=-2)), 2),
    Case(layers.ActivityRegularization, IMAGE, layers.ActivityRegularization()),
    Case(layers.AlphaDropout, IMAGE, layers.AlphaDropout(0.5)),
    Case(layers.Dropout, IMAGE, layers.Dropout(0.5)),
    Case(layers.GaussianDropout, IMAGE, layers.GaussianDropout(0.5)),
    Case(layers.GaussianNoise, IMAGE, layers.GaussianNoise(0.5)),
    Case(layers.SpatialDropout1D, STEPS, layers.SpatialDropout1D(0.5)),
    Case(layers.SpatialDropout2D, IMAGE, layers.SpatialDropout2D(0.5)),
    Case(layers.SpatialDropout3D, VOLUME, layers.SpatialDropout3D(0.5)),
    *attention_cases.CASES,
    *einsum_cases.CASES,
    *quantized_cases.CASES,
    *recurrent_cases.CASES,
    *statistics_cases.CASES,
    *wrapper_cases.CASES,
]
