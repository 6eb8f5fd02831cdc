"""Proximal steps on norms that span several variables."""

import keras
import numpy as np
import pytest

import tfprune
from tests.optimizers.joint_least_squares import (
    STRENGTH,
    by_hand,
    distance,
    joint_model,
    start,
    update,
)
from tests.optimizers.least_squares import problem
from tfprune.errors import InvalidInputError
from tfprune.optimizers import Proximal
from tfprune.regularizers import link

UPDATES = 60
RATE = 0.1


def ista() -> Proximal:
    return Proximal(keras.optimizers.SGD(RATE))


@pytest.mark.parametrize("jit_compile", [True, False])
def test_columns_of_both_matrices_vanish_together(jit_compile):
    found = update(joint_model(ista(), jit_compile), UPDATES)
    expected = by_hand(RATE, UPDATES, proximal=True)
    assert distance(found, expected) < 1e-4
    zero = {name: ~np.any(x, axis=0) for name, x in found.items()}
    np.testing.assert_array_equal(zero["left"], zero["right"])
    assert 0 < np.count_nonzero(zero["left"]) < 5


@pytest.mark.parametrize("jit_compile", [True, False])
def test_a_plain_optimizer_follows_the_joint_subgradient(jit_compile):
    model = joint_model(keras.optimizers.SGD(RATE), jit_compile)
    expected = by_hand(RATE, 3, proximal=False)
    assert distance(update(model, 3), expected) < 1e-4


@pytest.mark.parametrize("optimizer", [ista, keras.optimizers.SGD])
def test_the_loss_shows_the_joint_norm_once(optimizer):
    inputs, outputs = problem()
    model = joint_model(optimizer())
    both = np.concatenate(list(start().values()))
    error = np.mean(
        (np.concatenate([inputs, inputs**2], axis=1) @ both - outputs) ** 2
    )
    penalty = STRENGTH * np.linalg.norm(both, axis=0).sum()
    loss = model.evaluate(inputs, outputs, verbose=0)
    assert loss == pytest.approx(error + penalty, rel=1e-5)
    assert model.train_on_batch(inputs, outputs) == pytest.approx(loss)


def test_a_scaled_loss_changes_nothing():
    scaled = keras.optimizers.LossScaleOptimizer(ista())
    found = update(joint_model(scaled), 20)
    assert distance(found, by_hand(RATE, 20, proximal=True)) < 1e-4


def test_training_goes_on_from_a_file(tmp_path):
    model = joint_model(ista())
    update(model, 5)
    model.save(tmp_path / "model.keras")
    resumed = keras.saving.load_model(tmp_path / "model.keras")
    found = update(resumed, UPDATES - 5)
    assert distance(found, by_hand(RATE, UPDATES, proximal=True)) < 1e-4


def test_an_uncompiled_file_is_linked_by_hand(tmp_path):
    joint_model(ista()).save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    with pytest.raises(
        InvalidInputError,
        match=r"'left' spans 2 variables that are not linked. Call tfprune",
    ):
        assert loaded.losses
    link(loaded)
    expected = [float(x) for x in joint_model(ista()).losses]
    assert [float(x) for x in loaded.losses] == expected
    loaded.compile(ista(), "mse")
    found = update(loaded, UPDATES)
    assert distance(found, by_hand(RATE, UPDATES, proximal=True)) < 1e-4


def test_tfprune_links_what_it_loads(tmp_path):
    joint_model(ista()).save(tmp_path / "model.keras")
    loaded = tfprune.load_model(tmp_path / "model.keras")
    expected = [float(x) for x in joint_model(ista()).losses]
    assert [float(x) for x in loaded.losses] == expected


def test_a_frozen_part_is_refused():
    model = joint_model(ista())
    model.get_layer("right").trainable = False
    model.compile(ista(), "mse")
    with pytest.raises(
        InvalidInputError,
        match="spans 2 trainable variables, found 1: left/kernel. Make frozen",
    ):
        model.optimizer.build(model.trainable_variables)
    with pytest.raises(
        InvalidInputError, match="needs 'right/kernel', which is frozen"
    ):
        assert model.losses


def test_parts_that_contradict_each_other_are_refused():
    model = joint_model(ista())
    model.get_layer("right").kernel.regularizer.strength = 2 * STRENGTH
    with pytest.raises(
        InvalidInputError,
        match="contradict each other: strength 0.3 .* but 0.6 .* at 'right",
    ):
        link(model)


@pytest.mark.parametrize("jit_compile", [True, False])
def test_fixed_zeros_stay_and_all_else_moves(jit_compile):
    optimizer = Proximal(
        keras.optimizers.SGD(RATE, momentum=0.5), fix_zeros=True
    )
    model = joint_model(optimizer, jit_compile)
    for name in start():
        model.get_layer(name).kernel.regularizer.strength = 0.0
    left, right = start().values()
    left[:, [0, 2]] = 0
    right[:, [0, 3]] = 0
    model.get_layer("left").kernel.assign(left)
    model.get_layer("right").kernel.assign(right)
    found = update(model, 3)
    # Channel 0 is zero in both, 2 and 3 in one matrix each.
    assert not found["left"][:, 0].any()
    assert not found["right"][:, 0].any()
    assert found["left"][:, 1:].all()
    assert found["right"][:, 1:].all()


def test_fixing_zeros_is_a_setting():
    optimizer = Proximal("sgd", fix_zeros=True)
    config = keras.optimizers.serialize(optimizer)
    assert keras.optimizers.deserialize(config).fix_zeros is True
    assert Proximal("sgd").fix_zeros is False
