"""MACs, parameters and bytes as arithmetic."""

import keras
import pytest
from keras import layers

import tfprune
from tfprune import models
from tfprune.graph import trace
from tfprune.profiling import macs, parameters, savings, total


def cost_of(layer, shape):
    inputs = keras.Input(shape)
    return tfprune.profile(keras.Model(inputs, layer(inputs)))


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (layers.Dense(5), (7,), 7 * 5),
        (layers.Dense(5), (3, 7), 3 * 7 * 5),
        (layers.EinsumDense("abc,cd->abd", (3, 5)), (3, 7), 3 * 7 * 5),
        (layers.Conv1D(5, 3), (8, 2), 6 * 3 * 2 * 5),
        (
            layers.Conv2D(4, 3, strides=2, padding="same"),
            (8, 8, 6),
            4 * 4 * 9 * 6 * 4,
        ),
        (layers.Conv2D(4, 3, groups=2), (8, 8, 6), 36 * 9 * 3 * 4),
        (layers.Conv3D(2, 2), (4, 4, 4, 3), 27 * 8 * 3 * 2),
        (layers.Conv2DTranspose(4, 3, strides=2), (5, 5, 6), 25 * 9 * 6 * 4),
        (
            layers.DepthwiseConv2D(3, depth_multiplier=2),
            (8, 8, 6),
            36 * 9 * 6 * 2,
        ),
        (
            layers.SeparableConv2D(4, 3),
            (8, 8, 6),
            36 * 9 * 6 + 36 * 6 * 4,
        ),
        (layers.BatchNormalization(), (8, 8, 6), 0),
    ],
)
def test_macs(layer, shape, expected):
    assert cost_of(layer, shape).macs == expected


@pytest.mark.parametrize(
    ("attend", "expected"),
    [
        (
            lambda x, y: layers.MultiHeadAttention(4, 3, value_dim=5)(x, y),
            7 * 6 * 4 * 3
            + 8 * 6 * 4 * (3 + 5)
            + 4 * 7 * 8 * (3 + 5)
            + 7 * 4 * 5 * 6,
        ),
        (
            lambda x, y: layers.GroupQueryAttention(3, 4, 2)(x, y),
            7 * 6 * 4 * 3
            + 8 * 6 * 2 * (3 + 3)
            + 4 * 7 * 8 * (3 + 3)
            + 7 * 4 * 3 * 6,
        ),
        (lambda x, y: layers.Attention()([x, y]), 7 * 8 * (6 + 6)),
        (lambda x, y: layers.Dot(2)([x, y]), 7 * 8 * 6),
        (
            lambda x, y: keras.ops.matmul(x, keras.ops.transpose(y, (0, 2, 1))),
            7 * 8 * 6,
        ),
        (lambda x, y: keras.ops.einsum("btc,btc->btc", x, x), 0),
    ],
)
def test_macs_of_products_of_activations(attend, expected):
    first, second = keras.Input((7, 6)), keras.Input((8, 6))
    model = keras.Model([first, second], attend(first, second))
    assert tfprune.profile(model).macs == expected


def test_macs_of_attention_that_lost_channels():
    inputs = keras.Input((7, 6))
    x = layers.Dense(8)(inputs)
    x = layers.Dense(3)(layers.MultiHeadAttention(4, 5)(x, x))
    graph = trace(keras.Model(inputs, x))
    keep = tfprune.keep_mask(graph, sparsity=0.5, scope="layer")
    small = tfprune.remove_channels(graph.model, keep)
    found = total(macs(graph), keep.by_id(graph))
    assert found == tfprune.profile(small).macs


def test_parameters_and_bytes():
    found = cost_of(layers.Conv2D(4, 3), (8, 8, 6))
    assert found.parameters == 9 * 6 * 4 + 4
    assert found.bytes == 4 * found.parameters


def test_a_shared_layer_counts_its_weights_once_and_its_macs_twice():
    inputs = keras.Input((4,))
    shared = layers.Dense(4)
    found = tfprune.profile(keras.Model(inputs, shared(shared(inputs))))
    assert found.parameters == 4 * 4 + 4
    assert found.macs == 2 * 4 * 4


@pytest.mark.parametrize("name", models.names())
def test_parameters_of_the_reference_models(name):
    model = models.get(name)()
    assert tfprune.profile(model).parameters == model.count_params()


def test_the_cost_of_what_stays_is_that_of_the_smaller_model():
    model = models.get("mobilenet_v2")()
    graph = trace(model)
    keep = tfprune.keep_mask(model, sparsity=0.5)
    small = tfprune.remove_channels(model, keep)
    by_id = keep.by_id(graph)
    found = tfprune.profile(small)
    assert sum(x.value(by_id) for x in macs(graph)) == found.macs
    assert sum(x.value(by_id) for x in parameters(graph)) == found.parameters


def test_savings_count_the_consumers():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, padding="same", name="first")(inputs)
    x = layers.Conv2D(5, 1)(x)
    graph = trace(keras.Model(inputs, x))
    ((group, saved),) = savings(graph, macs(graph))
    assert group.name == "first"
    assert saved == 64 * (9 * 3 + 5)


def test_a_profile_prints_its_totals():
    text = str(tfprune.profile(models.get("lenet_5")()))
    assert "431,080" in text
    assert "100.0%" in text
