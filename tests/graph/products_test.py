"""Products of activations, weights and arrays lose channels as they should."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune
from tests.testing import randomize, removal_difference
from tfprune.graph import trace

LENGTH = 4


def channels(x, count, name):
    """New channels that are not zero when they are masked."""
    return layers.Dense(count, activation="softplus", name=name)(x)


def heads(x, count, width, name):
    """Channels inside of heads: the last of them can be pruned."""
    return layers.EinsumDense(
        "abc,cde->abde", (LENGTH, count, width), bias_axes="de", name=name
    )(x)


def from_heads(x):
    """Takes the heads apart as channels, the widths being places."""
    return layers.Permute((1, 3, 2))(x)


class Weighted(keras.layers.Layer):
    """Multiplies by a weight of its own."""

    def __init__(self, function, shape, **kwargs):
        super().__init__(**kwargs)
        self.function = function
        self.shape = shape

    def build(self, input_shape):
        self.factor = self.add_weight(shape=self.shape, name="factor")

    def call(self, x):
        return self.function(x, self.factor)


def weighted(function, shape):
    return lambda x: Weighted(function, shape, name="own")(
        channels(x, 6, "first")
    )


def both(function, counts=(6, 6)):
    """A function of two tensors with channels."""

    def build(x):
        first = channels(x, counts[0], "first")
        second = channels(x, counts[1], "second")
        return function(first, second)

    return build


def attention_of_heads(**arguments):
    def build(x):
        query, key, value = (
            heads(x, 3, 5, name) for name in ("query", "key", "value")
        )
        return ops.dot_product_attention(query, key, value, **arguments)

    return build


def grouped_attention(count):
    """Heads as channels, several queries reading each key."""

    def build(x):
        parts = []
        for name, number in (("query", 6), ("key", count), ("value", count)):
            y = heads(x, 5, number, name)
            parts.append(from_heads(y))
        return ops.dot_product_attention(*parts, scale=0.5)

    return build


def repeated_keys(x):
    """The same by repeating keys and values."""
    query, key, value = (
        from_heads(heads(x, 5, count, name))
        for name, count in (("query", 6), ("key", 3), ("value", 3))
    )
    key, value = (ops.repeat(y, 2, axis=2) for y in (key, value))
    return ops.dot_product_attention(query, key, value, scale=0.5)


def array(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def written_out(x):
    """Attention as people write it with `keras.ops`."""
    query, key, value = (
        heads(x, 3, width, name)
        for name, width in (("query", 5), ("key", 5), ("value", 4))
    )
    scores = ops.einsum("bqhd,bkhd->bhqk", query, key) / 5**0.5
    weights = ops.softmax(scores, axis=-1)
    y = ops.einsum("bhqk,bkhd->bqhd", weights, value)
    return ops.reshape(y, (-1, LENGTH, 12))


TIED = {"first": 6, "second": 6}
CASES = {
    "matmul of queries and keys": (
        both(lambda x, y: ops.matmul(x, ops.transpose(y, (0, 2, 1)))),
        TIED,
    ),
    "matmul passes the second's channels on": (
        both(
            lambda x, y: ops.matmul(
                ops.softmax(ops.matmul(x, ops.swapaxes(x, 1, 2))), y
            ),
            (6, 5),
        ),
        {"first": 6, "second": 5},
    ),
    "matmul over places": (
        both(lambda x, y: ops.matmul(ops.swapaxes(x, 1, 2), y), (6, 5)),
        {"second": 5},
    ),
    "matmul with a vector": (
        weighted(ops.matmul, (6,)),
        {"first": 6},
    ),
    "matmul with a weight": (
        weighted(ops.matmul, (6, 5)),
        {"first": 6, "own/matmul": 5},
    ),
    "matmul of a weight": (
        weighted(lambda x, w: ops.matmul(w, x), (5, LENGTH)),
        {"first": 6},
    ),
    "the weight transposed": (
        weighted(lambda x, w: ops.matmul(x, ops.transpose(w)), (5, 6)),
        {"first": 6, "own": 6},
    ),
    "the weight twice": (
        weighted(
            lambda x, w: ops.matmul(ops.relu(ops.matmul(x, w)), w), (6,) * 2
        ),
        {"first": 6, "own/matmul_1": 6},
    ),
    "einsum with a weight": (
        weighted(lambda x, w: ops.einsum("btc,chd->bthd", x, w), (6, 3, 5)),
        {"first": 6, "own/einsum": 5},
    ),
    "einsum with a weight of each place": (
        weighted(lambda x, w: ops.einsum("...tc,tcd->...td", x, w), (4, 6, 5)),
        {"first": 6, "own/einsum": 5},
    ),
    "einsum scales": (
        weighted(lambda x, w: ops.einsum("btc,c->btc", x, w), (6,)),
        {"first": 6},
    ),
    "einsum of three": (
        both(lambda x, y: ops.einsum("btc,bsc,btc->bts", x, y, x)),
        TIED,
    ),
    "einsum sums up": (
        both(lambda x, y: ops.einsum("btc,btd->btd", x, y), (6, 5)),
        {"first": 6, "second": 5},
    ),
    "einsum as an outer product": (
        both(lambda x, y: ops.einsum("btc,btd->btcd", x, y), (6, 5)),
        {"second": 5},
    ),
    "einsum of equal channels": (
        both(lambda x, y: ops.einsum("btc,btc->btc", x, y)),
        TIED,
    ),
    "einsum with an array": (
        lambda x: ops.einsum(
            "btc,qc->btq", channels(x, 6, "first"), array(3, 6)
        ),
        {"first": 6},
    ),
    "an array along the places": (
        lambda x: ops.matmul(array(5, LENGTH), channels(x, 6, "first")),
        {"first": 6},
    ),
    "tensordot with a weight": (
        weighted(lambda x, w: ops.tensordot(x, w, axes=1), (6, 5)),
        {"first": 6, "own/tensordot": 5},
    ),
    "tensordot over two axes": (
        weighted(
            lambda x, w: ops.tensordot(x, w, axes=((1, 2), (0, 1))), (4, 6, 5)
        ),
        {"first": 6, "own/tensordot": 5},
    ),
    "dot with a weight": (
        weighted(ops.dot, (6, 5)),
        {"first": 6, "own/dot": 5},
    ),
    "inner with an array": (
        lambda x: ops.inner(channels(x, 6, "first"), array(5, 6)),
        {"first": 6},
    ),
    "attention by an operation": (attention_of_heads(), {}),
    "attention by an operation that is given its scale": (
        attention_of_heads(scale=0.5),
        {"query": 5, "key": 5, "value": 5},
    ),
    "attention with a mask": (
        attention_of_heads(scale=0.5, mask=np.tri(LENGTH) > 0),
        {"query": 5, "key": 5, "value": 5},
    ),
    "heads of attention": (
        grouped_attention(6),
        {"query": 6, "key": 6, "value": 6},
    ),
    "heads that share keys": (
        grouped_attention(3),
        {},
    ),
    "heads that share repeated keys": (
        repeated_keys,
        {"query": 3, "key": 3, "value": 3},
    ),
    "attention written out": (
        written_out,
        {"query": 5, "key": 5, "value": 4},
    ),
}


def network(build):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((LENGTH, 3))
    x = build(inputs)
    x = layers.Flatten()(x) if len(x.shape) > 2 else x
    return randomize(keras.Model(inputs, layers.Dense(2, name="head")(x)))


@pytest.mark.parametrize("name", CASES)
def test_removed_equals_masked(name):
    model = network(CASES[name][0])
    for seed in range(2):
        assert removal_difference(model, seed).relative < 1e-5


@pytest.mark.parametrize("name", CASES)
def test_what_can_be_pruned(name):
    build, expected = CASES[name]
    found = {
        producer: group.width
        for group in trace(network(build)).groups()
        if group.prunable
        for producer in group.producers
    }
    assert found == expected


def test_a_product_over_the_batch_is_not_followed():
    inputs = keras.Input((3,))
    x = channels(inputs, 4, "first")
    gram = ops.matmul(ops.transpose(x), x)
    model = keras.Model(inputs, gram)
    (group,) = trace(model).group_of("first")
    assert "batch" in str(group.frozen[0])


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x: ops.dot(x, 2.0), "with a number"),
        (lambda x: ops.einsum("btc,cd", x, array(LENGTH, 5)), "has no '->'"),
        (lambda x: ops.einsum("bii->bi", x), "a diagonal"),
    ],
)
def test_what_is_not_followed_is_frozen(function, reason):
    model = network(lambda x: function(channels(x, LENGTH, "first")))
    (group,) = trace(model).group_of("first")
    assert reason in str(group.frozen[0])


def test_macs_of_a_product_with_a_weight():
    build, _ = CASES["einsum with a weight"]
    profile = tfprune.profile(network(build))
    found = {layer.name: layer.macs for layer in profile.layers}
    assert found["own/einsum"] == LENGTH * 6 * 3 * 5
