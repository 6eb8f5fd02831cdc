"""Attention, by Keras' layers and written out."""

from keras import layers, ops

from tests.graph.random_networks.steps.layout import batch_of, length_of
from tests.graph.random_networks.steps.registry import step


def attention_layer(plan):
    heads = plan.choices.choice((2, 3))
    # As many heads as places would meet a fault of Keras on TensorFlow.
    if plan.places[0] != 4 and plan.choices.boolean():
        return layers.GroupQueryAttention(3, 4, 2, name=plan.name())
    width = plan.choices.choice((2, 4))
    return layers.MultiHeadAttention(heads, width, name=plan.name())


def to_itself(plan):
    return [plan.part(attention_layer(plan)), plan.choices.boolean()]


@step(to_itself, rank=2)
def attended(run, x, part, causal):
    return run.part(part)(x, x, use_causal_mask=causal)


def to_context(plan):
    if plan.context is None:
        return None
    heads = plan.choices.choice((2, 3))
    layer = layers.MultiHeadAttention(heads, 3, name=plan.name())
    return [plan.part(layer)]


@step(to_context, rank=2)
def attended_to_context(run, x, part):
    return x + run.part(part)(x, run.context)


def gate_of_context(plan):
    if plan.context is None:
        return None
    return [plan.part(layers.Dense(plan.channels, name=plan.name()))]


@step(gate_of_context, rank=2)
def gated_by_context(run, x, part):
    summary = ops.mean(run.context, axis=1, keepdims=True)
    return x * ops.sigmoid(run.part(part)(summary))


def written(plan):
    heads = plan.choices.choice((1, 2, 3))
    width = heads * plan.choices.choice((2, 3))
    dense = [
        plan.part(layers.Dense(width, name=plan.name(name)))
        for name in ("query", "key", "value")
    ]
    back = layers.Dense(plan.channels, name=plan.name("out"))
    literal = plan.choices.choice((None, width))
    return [*dense, plan.part(back), heads, literal, plan.choices.boolean()]


def by_head(x, heads, literal, named):
    width = literal or x.shape[-1]
    batch, length = batch_of(x, named), length_of(x)
    x = ops.reshape(x, (batch, length, heads, width // heads))
    return ops.transpose(x, (0, 2, 1, 3))


@step(written, rank=2)
def attention_written_out(
    run, x, query, key, value, out, heads, literal, named
):
    q, k, v = (
        by_head(run.part(part)(x), heads, literal, named)
        for part in (query, key, value)
    )
    scores = ops.matmul(q, ops.swapaxes(k, -1, -2))
    y = ops.matmul(ops.softmax(scores * 0.5), v)
    y = ops.transpose(y, (0, 2, 1, 3))
    width = literal or y.shape[2] * y.shape[3]
    return run.part(out)(
        ops.reshape(y, (batch_of(x, named), length_of(x), width))
    )


@step(written, rank=2)
def attention_by_einsum(run, x, query, key, value, out, heads, literal, named):
    def heads_of(part):
        y = run.part(part)(x)
        width = literal or y.shape[-1]
        shape = (batch_of(x, named), length_of(x), heads, width // heads)
        return ops.reshape(y, shape)

    scores = ops.einsum("bqhd,bkhd->bhqk", heads_of(query), heads_of(key))
    length = length_of(x)
    causal = ops.tril(ops.ones((length, length)))
    scores = ops.where(ops.cast(causal, "bool"), scores, -1e9)
    y = ops.einsum(
        "bhqk,bkhd->bqhd", ops.softmax(scores, axis=-1), heads_of(value)
    )
    width = literal or y.shape[2] * y.shape[3]
    y = ops.reshape(y, (batch_of(x, named), length_of(x), width))
    return x + run.part(out)(y)


def projected(plan):
    heads, size = plan.choices.choice((2, 3)), plan.choices.choice((2, 3))
    dense = layers.Dense(3 * heads * size, name=plan.name())
    back = layers.Dense(plan.channels, name=plan.name())
    return [plan.part(dense), plan.part(back), heads, size]


@step(projected, rank=2)
def attention_from_one_dense(run, x, dense, back, heads, size):
    length = length_of(x)
    y = ops.reshape(run.part(dense)(x), (-1, length, 3, heads, size))
    q, k, v = ops.unstack(ops.transpose(y, (2, 0, 1, 3, 4)), axis=0)
    y = ops.dot_product_attention(q, k, v)
    return run.part(back)(ops.reshape(y, (-1, length, heads * size)))
