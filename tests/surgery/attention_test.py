"""Heads and widths of attention are removed; the function stays."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize
from tfprune.errors import InvalidInputError


def encoder(**settings) -> keras.Model:
    """A block of a transformer."""
    inputs = keras.Input((5, 3))
    x = layers.Dense(8, name="embedded")(inputs)
    y = layers.MultiHeadAttention(4, 6, name="attention", **settings)(x, x)
    x = layers.LayerNormalization()(layers.Add()([x, y]))
    return randomize(keras.Model(inputs, layers.Dense(2, name="out")(x)))


def widths(model, layer):
    """The prunable widths that a layer has, by the kernels they lie in."""
    return {
        (part.axis.weight, part.axis.axis): group.width
        for group in tfprune.trace(model).groups()
        if group.prunable
        for part in group.slices
        if part.axis.layer == layer
    }


def set_part(variable, index, value):
    array = np.array(keras.ops.convert_to_numpy(variable))
    array[index] = value
    variable.assign(array)


def grouped(shared) -> keras.Model:
    """Six query heads that share keys."""
    inputs = keras.Input((5, 8))
    layer = layers.GroupQueryAttention(4, 6, shared, name="attention")
    x = layers.Dense(2)(layer(inputs, inputs))
    return randomize(keras.Model(inputs, x))


def output_kernel(model):
    """The kernel of the last layer of attention, which grouped queries hide."""
    return next(x for x in model.weights if "attention_output/kernel" in x.path)


def without_heads(model, *heads):
    """Lets the last layer of attention read nothing of some heads."""
    layer = model.get_layer("attention")
    set_part(layer.output_dense.kernel, list(heads), 0.0)
    return model


def test_heads_and_widths_are_groups_of_their_own():
    found = widths(encoder(value_dim=7, dropout=0.5), "attention")
    assert found["query_dense.kernel", 1] == 4
    assert found["query_dense.kernel", 2] == 6
    assert found["value_dense.kernel", 2] == 7
    assert found["output_dense.kernel", 2] == 8


def test_the_config_says_what_is_left():
    model = encoder(dropout=0.5)
    keep = tfprune.keep_mask(model, sparsity=0.5, scope="layer")
    small = tfprune.remove_channels(model, keep)
    config = small.get_layer("attention").get_config()
    assert (config["num_heads"], config["key_dim"]) == (2, 3)
    assert (config["value_dim"], config["output_shape"]) == (3, (4,))
    assert tuple(small.get_layer("attention").query_dense.kernel.shape) == (
        4,
        2,
        3,
    )


def test_scores_do_not_change_with_the_width():
    # Every width but one is zero in the queries, so nothing but the scale of
    # the scores can change.
    model = encoder(dropout=0.5)
    layer = model.get_layer("attention")
    set_part(layer.query_dense.kernel, np.s_[:, :, 1:], 0.0)
    set_part(layer.query_dense.bias, np.s_[:, 1:], 0.0)
    keep = tfprune.keep_mask(model, sparsity=0.0)
    channels = dict(keep.channels)
    channels["attention.key_dim"] = np.arange(6) == 0
    small = tfprune.remove_channels(model, tfprune.KeepMask(channels))
    assert small.get_layer("attention").key_dim == 1
    assert tfprune.compare(model, small).difference.relative < 1e-5


def test_heads_that_nothing_reads_are_stripped():
    model = without_heads(encoder(), 1, 3)
    found = tfprune.dead_channels(model)
    assert found.dead == {"attention.heads": 2}
    small = tfprune.strip(model)
    assert small.get_layer("attention").num_heads == 2
    assert tfprune.compare(model, small).difference.relative < 1e-5


def test_values_that_nothing_reads_are_stripped():
    model = encoder(dropout=0.5)
    layer = model.get_layer("attention")
    set_part(layer.output_dense.kernel, np.s_[:, [0, 2, 5]], 0.0)
    small = tfprune.strip(model)
    assert small.get_layer("attention").value_dim == 3
    assert small.get_layer("attention").key_dim == 6
    assert tfprune.compare(model, small).difference.relative < 1e-5


@pytest.mark.parametrize("part", ["query_dense", "key_dense"])
def test_widths_that_queries_or_keys_leave_zero_are_stripped(part):
    model = encoder(dropout=0.5)
    layer = getattr(model.get_layer("attention"), part)
    set_part(layer.kernel, np.s_[..., [1, 4]], 0.0)
    assert not tfprune.dead_channels(model).dead
    set_part(layer.bias, np.s_[:, [1, 4]], 0.0)
    assert tfprune.dead_channels(model).dead == {"attention.key_dim": 2}
    small = tfprune.strip(model)
    assert small.get_layer("attention").key_dim == 4
    assert tfprune.compare(model, small).difference.relative < 1e-5


@pytest.mark.parametrize(
    ("activation", "dead"), [("tanh", {"query": 2, "key": 2}), ("sigmoid", {})]
)
@pytest.mark.parametrize(
    "attend",
    [
        lambda query, key: layers.Attention()(
            [query, layers.Dense(3)(query), key]
        ),
        lambda query, key: layers.Dot(2)([query, key]),
        lambda query, key: keras.ops.einsum("btc,bsc->bts", query, key),
    ],
)
def test_products_with_zero_are_stripped(attend, activation, dead):
    inputs = keras.Input((5, 3))
    query = layers.Dense(6, activation=activation, name="query")(inputs)
    key = layers.Dense(6, name="key")(inputs)
    x = layers.Flatten()(attend(query, key))
    model = randomize(keras.Model(inputs, layers.Dense(2)(x)))
    set_part(model.get_layer("query").kernel, np.s_[:, [4, 5]], 0.0)
    set_part(model.get_layer("query").bias, [4, 5], 0.0)
    assert tfprune.dead_channels(model).dead == dead
    small = tfprune.strip(model)
    assert tfprune.compare(model, small).difference.relative < 1e-5


def test_scores_that_are_read_keep_their_heads():
    inputs = keras.Input((5, 3))
    y, scores = layers.MultiHeadAttention(4, 6, name="attention")(
        inputs, inputs, return_attention_scores=True
    )
    scores = layers.Dense(2)(layers.Permute((2, 3, 1))(scores))
    model = randomize(keras.Model(inputs, [layers.Dense(2)(y), scores]))
    without_heads(model, 1, 3)
    assert not tfprune.dead_channels(model).dead


def test_a_unit_without_weights_is_a_constant_that_goes():
    inputs = keras.Input((5, 3))
    attention = layers.MultiHeadAttention(
        2, 4, output_shape=6, name="attention"
    )
    x = layers.Dense(3, name="reader")(attention(inputs, inputs))
    model = randomize(keras.Model(inputs, layers.Dense(2)(x)))
    set_part(attention.output_dense.kernel, np.s_[..., [0, 4]], 0.0)
    found = tfprune.dead_channels(model)
    assert found.dead == {"attention": 2}
    assert found.absorbed == 2
    small = tfprune.strip(model)
    assert tfprune.compare(model, small).difference.relative < 1e-5


def test_channels_of_the_input_that_attention_does_not_read_are_stripped():
    inputs = keras.Input((5, 3))
    x = layers.Dense(8, name="first")(inputs)
    x = layers.MultiHeadAttention(2, 4, output_shape=6, name="attention")(x, x)
    model = randomize(keras.Model(inputs, layers.Dense(2)(x)))
    layer = model.get_layer("attention")
    for part in (layer.query_dense, layer.key_dense, layer.value_dense):
        set_part(part.kernel, [1, 6, 7], 0.0)
    small = tfprune.strip(model)
    assert small.get_layer("first").units == 5
    assert tfprune.compare(model, small).difference.relative < 1e-5


@pytest.mark.parametrize("shared", [3, 1])
def test_grouped_queries_go_with_the_key_that_they_read(shared):
    model = grouped(shared)
    # The first two query heads, which read the first key head of three.
    set_part(output_kernel(model), [0, 1], 0.0)
    small = tfprune.strip(model).get_layer("attention")
    assert small.num_query_heads == 4
    assert small.num_key_value_heads == (2 if shared == 3 else 1)


def test_one_dead_query_of_a_key_stays():
    model = grouped(3)
    set_part(output_kernel(model), [0, 2, 5], 0.0)
    assert not tfprune.dead_channels(model).dead


def test_a_mask_for_each_head_keeps_the_heads():
    inputs = keras.Input((5, 3))
    mask = np.random.default_rng(0).random((1, 4, 5, 5)) < 0.7
    layer = layers.MultiHeadAttention(4, 6, name="attention")
    x = layers.Dense(2)(layer(inputs, inputs, attention_mask=mask))
    found = widths(keras.Model(inputs, x), "attention")
    assert ("query_dense.kernel", 1) not in found
    assert found["query_dense.kernel", 2] == 6


def test_all_heads_cannot_go():
    model = encoder()
    keep = tfprune.keep_mask(model, sparsity=0.0)
    channels = {**keep.channels, "attention.heads": np.zeros(4, bool)}
    with pytest.raises(InvalidInputError, match="at least one"):
        tfprune.remove_channels(model, tfprune.KeepMask(channels))


def test_penalties_go_with_the_removal():
    model = encoder(kernel_regularizer=tfprune.regularizers.GroupLasso(0.01))
    small = tfprune.prune(model, sparsity=0.5)
    assert not small.losses
    assert small.get_layer("attention").num_heads < 4


def test_a_masked_attention_without_weights_saves_and_loads(tmp_path):
    inputs = keras.Input((5, 3))
    query = layers.Dense(6, activation="sigmoid", name="query")(inputs)
    value = layers.Dense(4, name="value")(inputs)
    key = layers.Dense(6, name="key")(inputs)
    x = layers.Attention(use_scale=True)([query, value, key])
    x = keras.ops.matmul(keras.ops.swapaxes(x, 1, 2), keras.ops.exp(value))
    model = randomize(keras.Model(inputs, layers.Dense(2)(x)))
    keep = tfprune.keep_mask(model, sparsity=0.5)
    masked = tfprune.mask_channels(model, keep)
    masked.save(tmp_path / "masked.keras")
    loaded = keras.models.load_model(tmp_path / "masked.keras")
    assert tfprune.compare(masked, loaded).difference.absolute == 0
