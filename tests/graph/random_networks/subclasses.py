"""Layers as users write them: subclasses of Keras' own, and plain ones."""

import keras
from keras import layers, ops

register = keras.saving.register_keras_serializable(package="random_networks")


@register
class GatedDense(layers.Dense):
    """A dense layer that is its own gate."""

    def call(self, inputs):
        x = super().call(inputs)
        return x * ops.sigmoid(x)


@register
class ResidualDense(layers.Dense):
    """A dense layer and a shortcut."""

    def call(self, inputs):
        return inputs + super().call(inputs)


@register
class Projection(layers.Layer):
    """A kernel of its own, and a shape that it tells."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), name="kernel"
        )
        self.bias = self.add_weight(shape=(self.units,), name="bias")

    def call(self, inputs):
        return ops.relu(ops.matmul(inputs, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@register
class Routes(layers.Layer):
    """Layers in a dictionary and in a list of lists."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.routes = {"left": layers.Dense(units), "right": layers.Dense(4)}
        self.stacks = [[layers.Dense(6, "tanh")], [layers.Dense(units)]]

    def build(self, input_shape):
        for name in ("left", "right"):
            self.routes[name].build(input_shape)
        shape = (*input_shape[:-1], 4)
        for stack in self.stacks:
            for layer in stack:
                layer.build(shape)
                shape = (*shape[:-1], layer.units)

    def call(self, inputs):
        x = ops.tanh(self.routes["right"](inputs))
        for stack in self.stacks:
            for layer in stack:
                x = layer(x)
        return x + self.routes["left"](inputs)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@register
class Normalized(layers.Layer):
    """Statistics of its own, and no parts that Keras knows."""

    def build(self, input_shape):
        width = input_shape[-1]
        self.scale = self.add_weight(shape=(width,), name="scale")
        self.shift = self.add_weight(
            shape=(1, width), name="shift", trainable=False
        )

    def call(self, inputs, scaled=True):
        x = inputs - self.shift
        return x * self.scale if scaled else x


KINDS = (GatedDense, Projection, Routes)
"""Those that take a number of units."""
