"""Widths are rounded as hardware needs them, and no further."""

from itertools import product

import keras
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import layers

import tfprune
from tests.testing import randomize
from tfprune.allocation import Floor
from tfprune.allocation.rounding import Rounding

QUICK = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def image(*stack) -> keras.Model:
    """Layers on an image, and a head that reads them."""
    inputs = x = keras.Input((4, 4, 3))
    for layer in stack:
        x = layer(x)
    x = layers.GlobalAveragePooling2D()(x)
    return randomize(keras.Model(inputs, layers.Dense(2, name="head")(x)))


def parted(*parts) -> keras.Model:
    """One layer whose channels go different ways."""
    inputs = keras.Input((3,))
    x = layers.Dense(sum(parts), name="wide")(inputs)
    places = [sum(parts[:index]) for index in range(len(parts))]
    ways = [
        layers.Dense(2)(x[:, place : place + part])
        for place, part in zip(places, parts, strict=True)
    ]
    return randomize(keras.Model(inputs, layers.Concatenate()(ways)))


def attention(kind, *sizes) -> keras.Model:
    inputs = keras.Input((5, 8))
    x = kind(*sizes, dropout=0.5, name="attention")(inputs, inputs)
    return randomize(keras.Model(inputs, layers.Dense(2)(x)))


def small(model, **arguments):
    arguments = {"criterion": "random", "scope": "layer", **arguments}
    keep = tfprune.keep_mask(model, **arguments)
    return tfprune.remove_channels(model, keep)


def rounded(model, floor, wanted):
    """Widths of the prunable groups before and after rounding."""
    graph = tfprune.trace(model)
    groups = [group for group in graph.groups() if group.prunable]
    return Rounding(graph, groups, floor).kept(wanted)


def fits(width, whole, step):
    return width % step == 0 or width == whole


@given(
    step=st.sampled_from((2, 3, 4, 8)),
    width=st.integers(1, 12),
    groups=st.integers(1, 4),
    sparsity=st.floats(0.0, 0.6),
)
@QUICK
def test_each_group_of_a_convolution(step, width, groups, sparsity):
    model = image(
        layers.Conv2D(4 * groups, 1),
        layers.Conv2D(width * groups, 1, groups=groups, name="grouped"),
    )
    try:
        layer = small(model, sparsity=sparsity, round_to=step)
    except tfprune.InvalidInputError:
        return
    filters = layer.get_layer("grouped").filters
    if width >= step:
        assert fits(filters // groups, width, step)
    else:
        assert fits(filters, width * groups, step)


@given(
    step=st.sampled_from((2, 4, 8)),
    heads=st.integers(1, 8),
    width=st.integers(1, 20),
    sparsity=st.floats(0.0, 0.5),
)
@QUICK
def test_each_head_and_all_heads_together(step, heads, width, sparsity):
    model = attention(layers.MultiHeadAttention, heads, width)
    try:
        layer = small(model, sparsity=sparsity, round_to=step)
    except tfprune.InvalidInputError:
        return
    layer = layer.get_layer("attention")
    assert fits(layer.key_dim, width, step)
    assert fits(layer.value_dim, width, step)
    for size in (layer.key_dim, layer.value_dim):
        assert layer.num_heads * size % step == 0 or layer.num_heads == heads


def test_heads_go_one_by_one_where_each_is_a_multiple():
    model = attention(layers.MultiHeadAttention, 7, 16)
    found = rounded(model, Floor(round_to=8), [5, 9, 3, 3])
    assert found == [5, 16, 8, 8]


def test_heads_go_together_where_only_several_are_a_multiple():
    model = attention(layers.MultiHeadAttention, 8, 12)
    # All 12 stay of the keys, and 2 times 12 is a multiple.
    assert rounded(model, Floor(round_to=8), [5, 9, 8, 8])[:2] == [6, 12]


@given(
    parts=st.lists(st.integers(1, 6), min_size=2, max_size=3),
    step=st.sampled_from((2, 3, 4, 8)),
    least=st.integers(1, 6),
    data=st.data(),
)
@QUICK
def test_a_layer_in_parts_is_rounded_as_a_whole(parts, step, least, data):
    model = parted(*parts)
    wanted = [data.draw(st.integers(1, part)) for part in parts]
    found = rounded(model, Floor(least, step), wanted)
    better = [
        sum(option)
        for option in product(
            *(
                range(want, part + 1)
                for want, part in zip(wanted, parts, strict=True)
            )
        )
        if sum(option) % step == 0 and sum(option) >= least
    ]
    assert all(a >= b for a, b in zip(found, wanted, strict=True))
    assert sum(found) == min(better, default=sum(parts))


def test_a_layer_in_parts_does_what_others_demand_of_the_parts():
    inputs = keras.Input((3,))
    x = layers.Dense(20, name="wide")(inputs)
    other = layers.Dense(12, name="other")(inputs)
    tied = layers.Add()([x[:, :12], other])
    x = layers.Concatenate()(
        [layers.Dense(2)(tied), layers.Dense(2)(x[:, 12:])]
    )
    model = randomize(keras.Model(inputs, x))
    # `other` must be a multiple of 4, and `wide` as well.
    assert sorted(rounded(model, Floor(round_to=4), [5, 3])) == [4, 8]


def test_a_layer_in_parts_with_some_that_must_stay():
    inputs = keras.Input((3,))
    x = layers.Dense(10, name="wide")(inputs)
    fixed = layers.Softmax()(x[:, :3])
    x = layers.Concatenate()([fixed, layers.Dense(2)(x[:, 3:])])
    model = randomize(keras.Model(inputs, x))
    small = tfprune.prune(model, sparsity=0.2, round_to=4)
    assert small.get_layer("wide").units == 8


def test_gates_of_a_recurrent_layer_are_rounded_each():
    inputs = keras.Input((5, 3))
    x = layers.LSTM(12, name="lstm")(inputs)
    model = randomize(keras.Model(inputs, layers.Dense(2)(x)))
    small = tfprune.prune(model, sparsity=0.3, round_to=4)
    assert small.get_layer("lstm").units == 8


def test_narrow_layers_stay_whole():
    model = image(layers.Conv2D(6, 1, name="narrow"), layers.Conv2D(32, 1))
    small = tfprune.prune(model, sparsity=0.3, round_to=8)
    assert small.get_layer("narrow").filters == 6


@given(
    wanted=st.lists(st.integers(1, 16), min_size=4, max_size=4),
    step=st.sampled_from((1, 2, 3, 8)),
    least=st.integers(1, 9),
)
@QUICK
def test_rounding_twice_changes_nothing(wanted, step, least):
    model = attention(layers.MultiHeadAttention, 4, 16)
    floor = Floor(least, step)
    found = rounded(model, floor, wanted)
    assert rounded(model, floor, found) == found


@pytest.mark.parametrize("budget", [{"macs": 0.5}, {"sparsity": 0.5}])
def test_the_cost_of_rounding_is_told(budget):
    model = image(
        layers.Conv2D(16, 1, name="first"),
        layers.Conv2D(24, 1, name="second"),
    )
    widths = tfprune.kept_widths(
        model, round_to=8, min_channels=3, scope="layer", **budget
    )
    again = tfprune.keep_mask(
        model, round_to=8, min_channels=3, scope="layer", **budget
    )
    for width in widths.groups:
        kept = widths.keep.channels[width.group]
        assert kept.sum() == width.kept == again.channels[width.group].sum()
        assert width.kept % 8 == 0
        assert width.wanted <= width.kept <= width.channels
    assert sum(x.for_rounding for x in widths.groups) > 0
    assert "for rounding" in str(widths)
    assert widths.as_dict()["groups"][0]["group"] == "first"


def test_what_a_minimum_costs_is_told():
    model = image(layers.Conv2D(16, 1, name="first"), layers.Conv2D(9, 1))
    widths = tfprune.kept_widths(
        model, sparsity=0.6, min_channels=5, scope="layer"
    )
    assert all(x.for_rounding == 0 for x in widths.groups)
    assert [x.for_minimum > 0 for x in widths.groups] == [False, True]
