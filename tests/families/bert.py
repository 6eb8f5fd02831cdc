"""Masked language models in the manner of BERT (Devlin et al., 2019)."""

import keras
from keras import layers, ops

from tests.families.serializable import serializable

VOCABULARY, LENGTH, WIDTH = 12, 8, 16


@serializable
class TextEmbedding(layers.Layer):
    """The sum of a token's, a position's and a segment's vector."""

    def __init__(self, vocabulary, length, width, **kwargs):
        super().__init__(**kwargs)
        self.vocabulary = vocabulary
        self.length = length
        self.width = width
        self.tokens = layers.Embedding(vocabulary, width, name="tokens")
        self.positions = layers.Embedding(length, width, name="positions")
        self.segments = layers.Embedding(2, width, name="segments")
        self.norm = layers.LayerNormalization(epsilon=1e-12)
        self.dropout = layers.Dropout(0.1)

    def call(self, tokens, segments, training=None):
        x = self.tokens(tokens) + self.segments(segments)
        x = x + self.positions(ops.arange(tokens.shape[1]))
        return self.dropout(self.norm(x), training=training)

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary": self.vocabulary,
            "length": self.length,
            "width": self.width,
        }


@serializable
class BertBlock(layers.Layer):
    """Attention and a perceptron, normalized after the addition."""

    def __init__(self, num_heads, hidden, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.hidden = hidden

    def build(self, input_shape):
        width = input_shape[-1]
        self.attention = layers.MultiHeadAttention(
            num_heads=self.num_heads,
            key_dim=width // self.num_heads,
            dropout=0.1,
        )
        self.attention.build(input_shape, input_shape)
        self.attention_norm = layers.LayerNormalization(epsilon=1e-12)
        self.attention_norm.build(input_shape)
        self.intermediate = layers.Dense(self.hidden, activation="gelu")
        self.intermediate.build(input_shape)
        self.output_dense = layers.Dense(width)
        self.output_dense.build((*input_shape[:-1], self.hidden))
        self.output_norm = layers.LayerNormalization(epsilon=1e-12)
        self.output_norm.build(input_shape)

    def call(self, x, padding_mask=None, training=None):
        attention_mask = None
        if padding_mask is not None:
            attention_mask = ops.expand_dims(padding_mask, axis=1)
        y = self.attention(
            query=x,
            value=x,
            attention_mask=attention_mask,
            training=training,
        )
        x = self.attention_norm(x + y)
        y = self.output_dense(self.intermediate(x))
        return self.output_norm(x + y)

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "hidden": self.hidden,
        }


@serializable
class BertEncoder(layers.Layer):
    """Embeddings and blocks; the head shares the tokens' embedding."""

    def __init__(self, num_blocks, num_heads, hidden, masked=True, **kwargs):
        super().__init__(**kwargs)
        self.num_blocks = num_blocks
        self.num_heads = num_heads
        self.hidden = hidden
        self.masked = masked
        self.embedding = TextEmbedding(VOCABULARY, LENGTH, WIDTH)
        self.blocks = [
            BertBlock(num_heads, hidden, name=f"block_{index}")
            for index in range(num_blocks)
        ]
        self.transform = layers.Dense(WIDTH, activation="gelu")
        self.transform_norm = layers.LayerNormalization(epsilon=1e-12)

    def build(self, tokens_shape, segments_shape):
        shape = (*tokens_shape, WIDTH)
        for block in self.blocks:
            block.build(shape)
        self.transform.build(shape)
        self.transform_norm.build(shape)
        self.bias = self.add_weight(
            shape=(VOCABULARY,), initializer="zeros", name="token_bias"
        )

    def token_scores(self, x):
        """What each token of the vocabulary scores at each place."""
        x = self.transform_norm(self.transform(x))
        table = ops.transpose(self.embedding.tokens.embeddings)
        return ops.matmul(x, table) + self.bias

    def call(self, tokens, segments, training=None):
        padding_mask = ops.not_equal(tokens, 0) if self.masked else None
        x = self.embedding(tokens, segments, training=training)
        for block in self.blocks:
            x = block(x, padding_mask=padding_mask, training=training)
        return self.token_scores(x), x[:, 0, :]

    def get_config(self):
        return {
            **super().get_config(),
            "num_blocks": self.num_blocks,
            "num_heads": self.num_heads,
            "hidden": self.hidden,
            "masked": self.masked,
        }


def token_inputs() -> list:
    """Token ids and segment ids."""
    return [
        keras.Input((LENGTH,), dtype="int32", name="token_ids"),
        keras.Input((LENGTH,), dtype="int32", name="segment_ids"),
    ]


def pretraining_model(masked: bool) -> keras.Model:
    """Scores of tokens, and whether one sentence follows the other."""
    inputs = token_inputs()
    scores, first = BertEncoder(2, 2, 32, masked)(*inputs)
    pooled = layers.Dense(WIDTH, activation="tanh", name="pooler")(first)
    follows = layers.Dense(2, name="next_sentence")(pooled)
    return keras.Model(inputs, (scores, follows))


def bert() -> keras.Model:
    """Without a mask."""
    return pretraining_model(masked=False)


def bert_masked() -> keras.Model:
    """No token attends to padding, which is token 0."""
    return pretraining_model(masked=True)


@serializable
class BertClassifier(keras.Model):
    """Classifies one text; a dictionary goes in."""

    def __init__(self, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes
        self.embedding = TextEmbedding(VOCABULARY, LENGTH, WIDTH)
        self.block_1 = BertBlock(2, 24)
        self.block_2 = BertBlock(2, 24)
        self.classifier = layers.Dense(num_classes)

    def call(self, inputs, training=None):
        tokens, segments = inputs["token_ids"], inputs["segment_ids"]
        mask = ops.cast(tokens != 0, "float32")
        x = self.embedding(tokens, segments, training=training)
        x = self.block_1(x, ops.cast(mask, "bool"), training=training)
        x = self.block_2(x, ops.cast(mask, "bool"), training=training)
        mask = ops.expand_dims(mask, -1)
        total = ops.maximum(ops.sum(mask, axis=1), 1.0)
        return self.classifier(ops.sum(x * mask, axis=1) / total)

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}


def bert_classifier() -> keras.Model:
    """A subclassed model of two inputs within a functional one."""
    inputs = {x.name: x for x in token_inputs()}
    return keras.Model(inputs, BertClassifier(3)(inputs))


def bert_reversible() -> keras.Model:
    """The embedding is called a second time, in reverse, as the head."""
    tokens = keras.Input((LENGTH,), dtype="int32", name="token_ids")
    embedding = layers.ReversibleEmbedding(VOCABULARY, WIDTH)
    x = embedding(tokens)
    x = layers.LayerNormalization()(x)
    for _ in range(2):
        x = BertBlock(2, 24)(x)
    x = layers.Dense(WIDTH, activation="gelu")(x)
    return keras.Model(tokens, embedding(x, reverse=True))
