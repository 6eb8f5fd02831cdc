"""Small networks around layers of few bits and around quantizers."""

import numpy as np
from keras import layers

from tests.graph.case import IMAGE, STEPS, VECTOR, VOLUME, Case
from tfprune import quantizers
from tfprune.layers import (
    ConstantArray,
    QuantConv1D,
    QuantConv2D,
    QuantConv2DTranspose,
    QuantConv3D,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantGRU,
    QuantLSTM,
    QuantSeparableConv2D,
    QuantSimpleRNN,
    presets,
)

PRESETS = (
    presets.binary_connect,
    lambda: presets.binary_connect(stochastic=True),
    presets.bnn,
    presets.bwn,
    presets.xnor,
    lambda: presets.xnor(input_scale=True),
    lambda: presets.dorefa(1, 2, 4),
    lambda: presets.dorefa(4, 4),
    presets.qnn,
    lambda: presets.qnn(logarithmic=True),
    presets.integer,
    lambda: {"kernel_quantizer": "ternary"},
    lambda: {
        "kernel_quantizer": quantizers.LearnedFakeQuant(
            4, symmetric=True, per_channel=True
        ),
        "input_quantizer": "learned_fake_quant",
    },
)


def twice(x):
    """Two binary layers, whose channels between them can go."""
    x = QuantConv2D(5, 3, padding="same", **presets.xnor(input_scale=True))(x)
    x = layers.BatchNormalization()(x)
    return QuantConv2D(4, 3, **presets.dorefa(2, 2))(x)


def placed(x):
    """Adds an array that a layer holds."""
    layer = ConstantArray(x.shape[1:])
    places = np.random.default_rng(0).normal(size=layer.array_shape)
    layer.array.assign(places)
    return x + layer(x)


CASES = [
    *(
        Case(QuantDense, VECTOR, QuantDense(5, **preset()), index)
        for index, preset in enumerate(PRESETS)
    ),
    *(
        Case(
            QuantConv2D,
            IMAGE,
            QuantConv2D(5, 3, padding="same", **preset()),
            index,
        )
        for index, preset in enumerate(PRESETS)
    ),
    Case(QuantConv2D, IMAGE, twice, 20),
    Case(ConstantArray, STEPS, placed),
    Case(QuantConv2D, IMAGE, QuantConv2D(4, 3, groups=2, **presets.bwn()), 21),
    Case(
        QuantConv2D, IMAGE, QuantConv2D(12, 3, groups=6, **presets.xnor()), 22
    ),
    Case(
        QuantConv1D,
        STEPS,
        QuantConv1D(5, 3, padding="causal", **presets.xnor(input_scale=True)),
    ),
    Case(QuantConv3D, VOLUME, QuantConv3D(5, 2, **presets.xnor())),
    Case(
        QuantConv2DTranspose,
        IMAGE,
        QuantConv2DTranspose(5, 3, strides=2, **presets.bwn()),
    ),
    Case(
        QuantConv2DTranspose,
        IMAGE,
        QuantConv2DTranspose(5, 3, **presets.integer(per_channel=False)),
        1,
    ),
    *(
        Case(
            QuantDepthwiseConv2D,
            IMAGE,
            QuantDepthwiseConv2D(
                3, padding="same", depth_multiplier=2, kernel_quantizer=found
            ),
            index,
        )
        for index, found in enumerate(
            (
                "sign",
                "magnitude_aware_sign",
                "dorefa_weights",
                quantizers.MovingFakeQuant(symmetric=True, per_channel=True),
            )
        )
    ),
    *(
        Case(
            QuantSeparableConv2D,
            IMAGE,
            QuantSeparableConv2D(
                5,
                3,
                depth_multiplier=2,
                depthwise_quantizer=depthwise,
                intermediate_quantizer=between,
                pointwise_quantizer=pointwise,
            ),
            index,
        )
        for index, (depthwise, between, pointwise) in enumerate(
            (
                ("sign", None, "magnitude_aware_sign"),
                ("linear", "sign", "ternary"),
                (None, "moving_fake_quant", "dorefa_weights"),
            )
        )
    ),
    *(
        Case(
            kind,
            STEPS,
            kind(
                5,
                return_sequences=True,
                input_quantizer=entering,
                kernel_quantizer=kernel,
                recurrent_quantizer=recurrent,
            ),
            index,
        )
        for kind in (QuantSimpleRNN, QuantLSTM, QuantGRU)
        for index, (entering, kernel, recurrent) in enumerate(
            (
                ("sign", "magnitude_aware_sign", "ternary"),
                (None, "linear", "dorefa_weights"),
            )
        )
    ),
    *(
        Case(type(found), IMAGE, found, index)
        for index, found in enumerate(
            (
                quantizers.Sign(),
                quantizers.Linear(4),
                quantizers.DoReFaActivations(4),
                quantizers.DoReFaGradients(4),
                quantizers.MovingFakeQuant(),
                quantizers.LearnedFakeQuant(per_channel=True),
                quantizers.FixedFakeQuant(low=-1, high=2),
            )
        )
    ),
]
