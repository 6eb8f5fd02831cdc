"""Attention of several heads, as products between dense layers."""

import math
from typing import Any

from keras import layers, ops

from tfprune.quantization.decomposition import Simpler, decomposes
from tfprune.quantization.decompositions.einsum_dense import matrix_product

UNMASKED = frozenset({"query", "value", "key", "training"})
"""What may be passed to attention that is taken apart."""


@decomposes(layers.MultiHeadAttention)
def attention(layer: Any) -> Simpler | None:
    config = layer.get_config()
    if config.get("use_gate") or config.get("sliding_window") is not None:
        return None
    if tuple(layer.attention_axes or (1,)) != (1,):
        return None

    def call(query: Any, value: Any, key: Any = None, **others: Any) -> Any:
        if any(x for x in others.values()):
            return None
        return attended(layer, query, value, value if key is None else key)

    return call


def attended(layer: Any, query: Any, value: Any, key: Any) -> Any:
    """What attention without a mask computes.

    The scale of the scores is part of the query's weights, so that it costs
    nothing and rounds nothing.

    Args:
        layer: The attention layer.
        query: Symbolic tensor `(batch, targets, channels)`.
        value: Symbolic tensor `(batch, sources, channels)`.
        key: Symbolic tensor `(batch, sources, channels)`.
    """
    width = layer.num_heads, layer.key_dim
    q = matrix_product(
        layer.query_dense,
        query,
        tuple(query.shape[1:-1]),
        1,
        width,
        factor=1 / math.sqrt(layer.key_dim),
        name="query",
    )
    k = matrix_product(
        layer.key_dense, key, tuple(key.shape[1:-1]), 1, width, name="key"
    )
    v = matrix_product(
        layer.value_dense,
        value,
        tuple(value.shape[1:-1]),
        1,
        (layer.num_heads, layer.value_dim),
        name="value",
    )
    scores = ops.matmul(
        ops.transpose(q, (0, 2, 1, 3)), ops.transpose(k, (0, 2, 3, 1))
    )
    weights = layers.Softmax(name="softmax", dtype=layer.dtype_policy)(scores)
    if layer.dropout:
        weights = layers.Dropout(layer.dropout, name="dropout")(weights)
    heads = ops.matmul(weights, ops.transpose(v, (0, 2, 1, 3)))
    heads = ops.transpose(heads, (0, 2, 1, 3))
    outer = tuple(layer.output_dense.kernel.shape[2:])
    return matrix_product(
        layer.output_dense,
        heads,
        tuple(heads.shape[1:2]),
        2,
        outer,
        name="attention_output",
    )
