"""Shifted-window transformer (Liu et al., 2021)."""

import keras
import numpy as np
from keras import layers, ops

from tests.families.serializable import serializable


def window_partition(x, window_size, channels):
    """Turns every window of a map into an example of its own."""
    _, height, width, _ = x.shape
    rows, columns = height // window_size, width // window_size
    x = ops.reshape(x, (-1, rows, window_size, columns, window_size, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, window_size * window_size, channels))


def window_reverse(windows, window_size, height, width, channels):
    """Puts windows back to where they were cut out."""
    rows, columns = height // window_size, width // window_size
    x = ops.reshape(
        windows, (-1, rows, columns, window_size, window_size, channels)
    )
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, height, width, channels))


def relative_index(window_size):
    """Which entry of the bias table two places of a window use."""
    grid = np.meshgrid(np.arange(window_size), np.arange(window_size))
    places = np.stack([grid[1].ravel(), grid[0].ravel()])
    offsets = places[:, :, None] - places[:, None, :] + window_size - 1
    return (offsets[0] * (2 * window_size - 1) + offsets[1]).astype("int32")


def shift_mask(height, width, window_size, shift):
    """Forbids attention between places that a roll brought together."""
    regions = np.zeros((height, width))
    edges = (0, -window_size, -shift, None)
    slices = [slice(a, b) for a, b in zip(edges, edges[1:], strict=False)]
    for number, (rows, columns) in enumerate(
        (x, y) for x in slices for y in slices
    ):
        regions[rows, columns] = number
    regions = regions.reshape(
        height // window_size, window_size, width // window_size, window_size
    )
    regions = regions.transpose(0, 2, 1, 3).reshape(-1, window_size**2)
    different = regions[:, None, :] != regions[:, :, None]
    return np.where(different, -100.0, 0.0).astype("float32")


@serializable
class WindowAttention(layers.Layer):
    """Attention within windows, with a learned bias for every offset."""

    def __init__(self, width, window_size, num_heads, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.window_size = window_size
        self.num_heads = num_heads
        self.scale = (width // num_heads) ** -0.5
        self.query_key_value = layers.Dense(3 * width, name="qkv")
        self.projection = layers.Dense(width, name="projection")
        self.relative_index = relative_index(window_size)

    def build(self, input_shape):
        self.bias_table = self.add_weight(
            shape=((2 * self.window_size - 1) ** 2, self.num_heads),
            initializer="zeros",
            name="relative_position_bias_table",
        )
        self.query_key_value.build(input_shape)
        self.projection.build(input_shape)

    def call(self, x, attention_mask=None):
        _, size, channels = x.shape
        heads = self.num_heads
        x = ops.reshape(
            self.query_key_value(x), (-1, size, 3, heads, channels // heads)
        )
        query, key, value = ops.unstack(
            ops.transpose(x, (2, 0, 3, 1, 4)), num=3, axis=0
        )
        scores = (query * self.scale) @ ops.transpose(key, (0, 1, 3, 2))
        bias = ops.take(
            self.bias_table, ops.reshape(self.relative_index, (-1,)), axis=0
        )
        bias = ops.transpose(ops.reshape(bias, (size, size, -1)), (2, 0, 1))
        scores = scores + ops.expand_dims(bias, axis=0)
        if attention_mask is not None:
            windows = attention_mask.shape[0]
            scores = ops.reshape(scores, (-1, windows, heads, size, size))
            scores = scores + attention_mask[None, :, None]
            scores = ops.reshape(scores, (-1, heads, size, size))
        x = ops.softmax(scores, axis=-1) @ value
        x = ops.reshape(ops.transpose(x, (0, 2, 1, 3)), (-1, size, channels))
        return self.projection(x)

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.width,
            "window_size": self.window_size,
            "num_heads": self.num_heads,
        }


@serializable
class SwinBlock(layers.Layer):
    """Attention in windows, every second block's windows shifted."""

    def __init__(self, width, num_heads, window_size, shift, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.num_heads = num_heads
        self.window_size = window_size
        self.shift = shift
        self.norm_1 = layers.LayerNormalization(epsilon=1e-5)
        self.attention = WindowAttention(width, window_size, num_heads)
        self.norm_2 = layers.LayerNormalization(epsilon=1e-5)
        self.perceptron = keras.Sequential(
            [layers.Dense(2 * width, activation="gelu"), layers.Dense(width)]
        )

    def build(self, input_shape):
        _, height, width, channels = input_shape
        self.norm_1.build(input_shape)
        self.attention.build((None, self.window_size**2, channels))
        self.norm_2.build(input_shape)
        self.perceptron.build(input_shape)
        self.attention_mask = None
        if self.shift:
            self.attention_mask = shift_mask(
                height, width, self.window_size, self.shift
            )

    def call(self, x):
        _, height, width, channels = x.shape
        shortcut = x
        x = self.norm_1(x)
        if self.shift:
            x = ops.roll(x, shift=(-self.shift, -self.shift), axis=(1, 2))
        windows = window_partition(x, self.window_size, channels)
        windows = self.attention(windows, attention_mask=self.attention_mask)
        x = window_reverse(windows, self.window_size, height, width, channels)
        if self.shift:
            x = ops.roll(x, shift=(self.shift, self.shift), axis=(1, 2))
        x = shortcut + x
        return x + self.perceptron(self.norm_2(x))

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.width,
            "num_heads": self.num_heads,
            "window_size": self.window_size,
            "shift": self.shift,
        }


@serializable
class PatchMerging(layers.Layer):
    """Four neighbours become one place of twice the width."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.norm = layers.LayerNormalization(epsilon=1e-5)
        self.reduction = layers.Dense(2 * width, use_bias=False)

    def build(self, input_shape):
        merged = (*input_shape[:-1], 4 * input_shape[-1])
        self.norm.build(merged)
        self.reduction.build(merged)

    def call(self, x):
        top_left = x[:, 0::2, 0::2, :]
        bottom_left = x[:, 1::2, 0::2, :]
        top_right = x[:, 0::2, 1::2, :]
        bottom_right = x[:, 1::2, 1::2, :]
        x = ops.concatenate(
            [top_left, bottom_left, top_right, bottom_right], axis=-1
        )
        return self.reduction(self.norm(x))

    def get_config(self):
        return {**super().get_config(), "width": self.width}


def swin() -> keras.Model:
    """Two stages, the first with a plain and a shifted block."""
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(16, 2, strides=2, name="patch_embedding")(inputs)
    x = layers.LayerNormalization(epsilon=1e-5)(x)
    x = SwinBlock(16, num_heads=2, window_size=4, shift=0)(x)
    x = SwinBlock(16, num_heads=2, window_size=4, shift=2)(x)
    x = PatchMerging(16)(x)
    x = SwinBlock(32, num_heads=4, window_size=4, shift=0)(x)
    x = layers.LayerNormalization(epsilon=1e-5)(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(5, name="head")(x))
