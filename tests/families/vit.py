"""Vision transformers (Dosovitskiy et al., 2021)."""

import keras
from keras import layers, ops

from tests.families.serializable import serializable


@serializable
class PatchEmbedding(layers.Layer):
    """Cuts an image into patches, each a vector of `width` numbers."""

    def __init__(self, patch_size, width, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size
        self.width = width
        self.projection = layers.Conv2D(
            width, patch_size, strides=patch_size, name="projection"
        )

    def build(self, input_shape):
        self.projection.build(input_shape)

    def call(self, images):
        patches = self.projection(images)
        height, width, channels = patches.shape[1:]
        return ops.reshape(patches, (-1, height * width, channels))

    def get_config(self):
        return {
            **super().get_config(),
            "patch_size": self.patch_size,
            "width": self.width,
        }


@serializable
class ClassTokenAndPosition(layers.Layer):
    """Puts a learned token before the patches, and adds learned positions."""

    def build(self, input_shape):
        length, width = input_shape[1:]
        self.token = self.add_weight(
            shape=(1, 1, width), initializer="zeros", name="token"
        )
        self.positions = self.add_weight(
            shape=(1, length + 1, width),
            initializer="random_normal",
            name="positions",
        )

    def call(self, patches):
        token = ops.zeros_like(patches[:, :1]) + self.token
        return ops.concatenate([token, patches], axis=1) + self.positions


@serializable
class BroadcastClassTokenAndPosition(ClassTokenAndPosition):
    """The same, the token repeated as often as there are images."""

    def call(self, patches):
        batch_size, width = ops.shape(patches)[0], patches.shape[-1]
        token = ops.broadcast_to(self.token, (batch_size, 1, width))
        return ops.concatenate([token, patches], axis=1) + self.positions


@serializable
class WrittenOutAttention(layers.Layer):
    """Multi-head self-attention from one dense layer and array operations."""

    def __init__(self, num_heads, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads

    def build(self, input_shape):
        self.width = input_shape[-1]
        self.query_key_value = layers.Dense(3 * self.width)
        self.query_key_value.build(input_shape)
        self.projection = layers.Dense(self.width)
        self.projection.build(input_shape)

    def call(self, x):
        length = x.shape[1]
        head_size = self.width // self.num_heads
        x = self.query_key_value(x)
        x = ops.reshape(x, (-1, length, 3, self.num_heads, head_size))
        x = ops.transpose(x, (2, 0, 3, 1, 4))
        query, key, value = x[0], x[1], x[2]
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))
        weights = ops.softmax(scores * head_size**-0.5, axis=-1)
        x = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))
        return self.projection(ops.reshape(x, (-1, length, self.width)))

    def get_config(self):
        return {**super().get_config(), "num_heads": self.num_heads}


@serializable
class BatchedAttention(layers.Layer):
    """Multi-head self-attention whose reshapes name the batch size."""

    def __init__(self, width, num_heads, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.num_heads = num_heads
        self.head_size = width // num_heads
        self.query = layers.Dense(width)
        self.key = layers.Dense(width)
        self.value = layers.Dense(width)
        self.combine = layers.Dense(width)

    def split_heads(self, x, batch_size):
        x = ops.reshape(x, (batch_size, -1, self.num_heads, self.head_size))
        return ops.transpose(x, axes=[0, 2, 1, 3])

    def call(self, x):
        batch_size = ops.shape(x)[0]
        query = self.split_heads(self.query(x), batch_size)
        key = self.split_heads(self.key(x), batch_size)
        value = self.split_heads(self.value(x), batch_size)
        scores = ops.matmul(query, ops.swapaxes(key, -1, -2))
        scores = scores / ops.sqrt(ops.cast(self.head_size, scores.dtype))
        x = ops.matmul(ops.softmax(scores), value)
        x = ops.transpose(x, axes=[0, 2, 1, 3])
        return self.combine(ops.reshape(x, (batch_size, -1, self.width)))

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.width,
            "num_heads": self.num_heads,
        }


@serializable
class VisionEncoderBlock(layers.Layer):
    """Attention, then a perceptron on each patch, normalized before."""

    def __init__(self, width, num_heads, hidden, attention="keras", **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.num_heads = num_heads
        self.hidden = hidden
        self.attention_kind = attention
        self.norm_1 = layers.LayerNormalization(epsilon=1e-6)
        if attention == "keras":
            self.attention = layers.MultiHeadAttention(
                num_heads, width // num_heads
            )
        elif attention == "written_out":
            self.attention = WrittenOutAttention(num_heads)
        else:
            self.attention = BatchedAttention(width, num_heads)
        self.norm_2 = layers.LayerNormalization(epsilon=1e-6)
        self.dense_1 = layers.Dense(hidden, activation="gelu")
        self.dense_2 = layers.Dense(width)
        self.dropout = layers.Dropout(0.1)

    def call(self, x, training=None):
        y = self.norm_1(x)
        y = (
            self.attention(y, y)
            if self.attention_kind == "keras"
            else self.attention(y)
        )
        x = x + self.dropout(y, training=training)
        y = self.dense_2(self.dense_1(self.norm_2(x)))
        return x + self.dropout(y, training=training)

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.width,
            "num_heads": self.num_heads,
            "hidden": self.hidden,
            "attention": self.attention_kind,
        }


def encoder_network(tokens: type[layers.Layer], attention: str) -> keras.Model:
    """A patch embedding, two encoder blocks, the class read off the token."""
    inputs = keras.Input((8, 8, 3))
    x = tokens()(PatchEmbedding(2, 16)(inputs))
    for _ in range(2):
        x = VisionEncoderBlock(16, 4, 32, attention)(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    return keras.Model(inputs, layers.Dense(5, name="head")(x[:, 0]))


def vit() -> keras.Model:
    """With Keras' own attention."""
    return encoder_network(ClassTokenAndPosition, "keras")


def vit_written_out() -> keras.Model:
    """With attention from a dense layer and array operations."""
    return encoder_network(ClassTokenAndPosition, "written_out")


def vit_batch_size() -> keras.Model:
    """Every reshape and broadcast names the batch size that it reads."""
    return encoder_network(BroadcastClassTokenAndPosition, "batched")


@serializable
class Patches(layers.Layer):
    """Cuts an image into patches of raw pixels."""

    def __init__(self, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size

    def call(self, images):
        batch_size, height, width, channels = ops.shape(images)
        size = self.patch_size
        patches = ops.image.extract_patches(images, size=size)
        count = (height // size) * (width // size)
        return ops.reshape(patches, (batch_size, count, size * size * channels))

    def get_config(self):
        return {**super().get_config(), "patch_size": self.patch_size}


@serializable
class PatchEncoder(layers.Layer):
    """Projects patches and adds positions from an embedding."""

    def __init__(self, num_patches, width, **kwargs):
        super().__init__(**kwargs)
        self.num_patches = num_patches
        self.width = width
        self.projection = layers.Dense(units=width)
        self.position_embedding = layers.Embedding(
            input_dim=num_patches, output_dim=width
        )

    def call(self, patches):
        positions = ops.expand_dims(
            ops.arange(start=0, stop=self.num_patches, step=1), axis=0
        )
        return self.projection(patches) + self.position_embedding(positions)

    def get_config(self):
        return {
            **super().get_config(),
            "num_patches": self.num_patches,
            "width": self.width,
        }


def vit_without_token() -> keras.Model:
    """Functional encoder blocks, and a head on all patches."""
    inputs = keras.Input((8, 8, 3))
    x = PatchEncoder(16, 16)(Patches(2)(inputs))
    for _ in range(2):
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        y = layers.MultiHeadAttention(num_heads=2, key_dim=16, dropout=0.1)(
            y, y
        )
        x = layers.Add()([y, x])
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        y = layers.Dense(32, activation=keras.activations.gelu)(y)
        y = layers.Dropout(0.1)(y)
        y = layers.Dense(16, activation=keras.activations.gelu)(y)
        x = layers.Add()([y, x])
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    x = layers.Dropout(0.5)(layers.Flatten()(x))
    x = layers.Dense(24, activation="gelu")(x)
    return keras.Model(inputs, layers.Dense(5)(x))
