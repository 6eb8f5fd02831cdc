"""Budgets are met, floors hold, and wrong ones are refused."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize
from tfprune import models
from tfprune.allocation import SCOPES
from tfprune.criteria import CRITERIA
from tfprune.errors import InvalidInputError


@pytest.fixture(scope="module")
def residual() -> keras.Model:
    keras.utils.set_random_seed(0)
    return randomize(
        models.get("resnet_20")(input_shape=(16, 16, 3), num_classes=10)
    )


def left(model, small):
    before, after = tfprune.profile(model), tfprune.profile(small)
    return after.macs / before.macs, after.parameters / before.parameters


@pytest.mark.parametrize("scope", SCOPES.names())
@pytest.mark.parametrize("budget", [0.25, 0.5, 0.8])
def test_a_budget_of_macs_is_met_within_two_percent(residual, scope, budget):
    small = tfprune.prune(residual, macs=budget, scope=scope)
    assert left(residual, small)[0] == pytest.approx(budget, rel=0.02)


@pytest.mark.parametrize("criterion", CRITERIA.names())
def test_a_budget_of_parameters_is_met(residual, criterion):
    small = tfprune.prune(residual, parameters=0.5, criterion=criterion)
    assert left(residual, small)[1] == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("name", models.names())
def test_every_reference_model_meets_half_its_macs(name):
    model = randomize(models.get(name)())
    small = tfprune.prune(model, macs=0.5)
    assert left(model, small)[0] == pytest.approx(0.5, rel=0.02)


def test_layer_scope_takes_the_same_fraction_of_each(residual):
    keep = tfprune.keep_mask(residual, sparsity=0.5, scope="layer")
    graph = tfprune.trace(residual)
    for group in graph.groups():
        if group.prunable:
            chosen = keep.channels[group.name]
            assert chosen.sum() == pytest.approx(group.width / 2, abs=1)


def test_the_right_channels_go():
    inputs = keras.Input((4,))
    hidden = layers.Dense(4, name="hidden")
    model = keras.Model(inputs, layers.Dense(2)(hidden(inputs)))
    hidden.kernel.assign(np.ones((4, 4)) * [3.0, 0.1, -2.0, -0.2])
    keep = tfprune.keep_mask(model, criterion="l1_norm", sparsity=0.5)
    assert keep.channels["hidden"].tolist() == [True, False, True, False]


@pytest.mark.parametrize("scope", SCOPES.names())
def test_widths_are_rounded(residual, scope):
    keep = tfprune.keep_mask(residual, macs=0.5, scope=scope, round_to=8)
    prunable = [g for g in tfprune.trace(residual).groups() if g.prunable]
    for group in prunable:
        assert keep.channels[group.name].sum() % 8 == 0


def test_rounding_counts_the_filters_of_a_grouped_convolution():
    inputs = keras.Input((4, 4, 3))
    x = layers.Conv2D(16, 1, name="first")(inputs)
    x = layers.Conv2D(16, 3, groups=2, name="grouped")(x)
    model = randomize(keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x))))
    keep = tfprune.keep_mask(model, sparsity=0.5, round_to=4)
    small = tfprune.remove_channels(model, keep)
    # Four in each of the two groups.
    assert small.get_layer("grouped").filters == 8
    assert small.get_layer("first").filters == 8


def test_layers_keep_their_least(residual):
    keep = tfprune.keep_mask(residual, sparsity=0.7, min_channels=5)
    assert min(int(x.sum()) for x in keep.channels.values()) >= 5


def test_a_fraction_may_be_a_numpy_number(residual):
    keep = tfprune.keep_mask(residual, sparsity=np.float32(0.5))
    assert 0.3 < keep.sparsity < 0.6


def test_excluding_a_normalization_excludes_its_channels(residual):
    name = "stage_0_block_1_conv_0"
    keep = tfprune.keep_mask(residual, sparsity=0.8, exclude=f"{name}_bn")
    assert keep.channels[name].all()


def test_excluded_layers_keep_everything(residual):
    keep = tfprune.keep_mask(
        residual, sparsity=0.8, exclude=r"stage_0_block_1_conv_0$|nothing"
    )
    names = [name for name in keep.channels if "stage_0_block_1_conv_0" in name]
    assert names
    assert all(keep.channels[name].all() for name in names)


def test_the_seed_decides_a_random_choice(residual):
    def chosen(seed):
        keep = tfprune.keep_mask(
            residual, criterion="random", sparsity=0.5, seed=seed
        )
        return np.concatenate(list(keep.channels.values()))

    assert (chosen(1) == chosen(1)).all()
    assert (chosen(1) != chosen(2)).any()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "exactly one of sparsity, macs, parameters"),
        ({"macs": 0.5, "sparsity": 0.5}, "Received: sparsity=0.5, macs=0.5"),
        ({"macs": 0.0}, r"macs in \(0, 1\]"),
        ({"macs": 1.5}, "Received: macs=1.5"),
        ({"macs": float("nan")}, "Received: macs=nan"),
        ({"sparsity": 1.0}, r"sparsity in \[0, 1\)"),
        ({"macs": "half"}, "Received: macs=half"),
        ({"macs": True}, "Received: macs=True"),
        ({"sparsity": 0.99}, "sparsity of at most"),
        ({"macs": 0.5, "criterion": None}, "Expected the name of a criterion"),
        ({"macs": 0.5, "scope": 3}, "Expected the name of a scope"),
        ({"macs": 0.001}, "when every layer is at its floor"),
        (
            {"macs": 0.5, "criterion": "l1_nrom"},
            "Unknown criterion 'l1_nrom'. Did you mean 'l1_norm'",
        ),
        (
            {"macs": 0.5, "scope": "gobal"},
            "Unknown scope 'gobal'. Did you mean 'global'",
        ),
        ({"macs": 0.5, "round_to": 0}, "round_to to be an integer"),
        ({"macs": 0.5, "min_channels": 0}, "min_channels to be an integer"),
        ({"macs": 0.5, "exclude": "("}, "Expected a regular expression"),
        ({"macs": 0.5, "exclude": "stme"}, "No layer's name matches 'stme'"),
    ],
)
def test_wrong_arguments_are_refused(residual, arguments, text):
    with pytest.raises(InvalidInputError, match=text):
        tfprune.keep_mask(residual, **arguments)


def test_weights_that_are_not_numbers_are_refused():
    inputs = keras.Input((4,))
    hidden = layers.Dense(4, name="hidden")
    model = keras.Model(inputs, layers.Dense(2)(hidden(inputs)))
    hidden.kernel.assign(np.full((4, 4), np.nan))
    with pytest.raises(InvalidInputError, match="Check the model's weights"):
        tfprune.keep_mask(model, sparsity=0.5)


def test_a_model_without_scales_cannot_be_ranked_by_them():
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(4), layers.Dense(2)]
    )
    with pytest.raises(InvalidInputError, match="BatchNormScale may prune"):
        tfprune.keep_mask(model, criterion="batch_norm_scale", sparsity=0.5)
