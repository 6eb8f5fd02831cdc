"""WaveNet (van den Oord et al., 2016)."""

import keras
from keras import layers, ops

from tests.families.serializable import serializable


@serializable
class GatedUnit(layers.Layer):
    """A dilated convolution of which one half gates the other."""

    def __init__(self, filters, dilation, skip_filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.dilation = dilation
        self.skip_filters = skip_filters
        self.dilated = layers.Conv1D(
            2 * filters, 2, padding="causal", dilation_rate=dilation
        )
        self.residual = layers.Conv1D(filters, 1)
        self.skip = layers.Conv1D(skip_filters, 1)

    def build(self, input_shape):
        gated = (*input_shape[:-1], self.filters)
        self.dilated.build(input_shape)
        self.residual.build(gated)
        self.skip.build(gated)

    def call(self, x):
        signal, gate = ops.split(self.dilated(x), 2, axis=-1)
        y = ops.tanh(signal) * ops.sigmoid(gate)
        return x + self.residual(y), self.skip(y)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "dilation": self.dilation,
            "skip_filters": self.skip_filters,
        }


@serializable
class WaveNetStack(layers.Layer):
    """Units of growing dilation; the sum of what they skip ahead."""

    def __init__(self, filters, num_units, skip_filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.num_units = num_units
        self.skip_filters = skip_filters
        self.units = [
            GatedUnit(filters, 2**index, skip_filters)
            for index in range(num_units)
        ]

    def call(self, x):
        total = 0.0
        for unit in self.units:
            x, skip = unit(x)
            total = total + skip
        return ops.relu(total)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "num_units": self.num_units,
            "skip_filters": self.skip_filters,
        }


def wave_net() -> keras.Model:
    """Four units, then scores of quantized amplitudes."""
    inputs = keras.Input((32, 1))
    x = layers.Conv1D(12, 1)(inputs)
    x = WaveNetStack(12, 4, 16)(x)
    x = layers.Conv1D(16, 1, activation="relu")(x)
    return keras.Model(inputs, layers.Conv1D(8, 1, activation="softmax")(x))
