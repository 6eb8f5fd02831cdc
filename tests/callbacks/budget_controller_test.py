"""Budgets are met by stripping, and no layer collapses."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfprune
from tests.callbacks.controlled_training import (
    EPOCHS,
    accuracy,
    fit,
    momentum,
    network,
    penalized,
    shares,
    trained,
    widths,
)
from tfprune.callbacks import BudgetController, SparsityHistory
from tfprune.callbacks.live_channels import LiveChannels
from tfprune.callbacks.steering import Steering
from tfprune.errors import InvalidInputError, TfpruneError
from tfprune.models import data
from tfprune.optimizers import Proximal
from tfprune.regularizers import GroupLasso


@pytest.mark.parametrize("macs", [0.7, 0.5, 0.3, 0.2, 0.1])
def test_the_stripped_model_meets_the_budget(macs):
    model = trained(BudgetController(macs=macs, verbose=0))
    assert 0.95 * macs <= shares(model)["macs"] <= macs
    assert min(widths(tfprune.strip(model))) >= 4


@pytest.mark.parametrize("strength", [1e-4, 1e4])
def test_the_strength_of_the_penalties_does_not_matter(strength):
    model = penalized(strength)
    controller = BudgetController(macs=0.4, verbose=0)
    fit(model, controller, optimizer=Proximal(momentum()))
    assert 0.95 * 0.4 <= shares(model)["macs"] <= 0.4
    assert accuracy(model) > 0.8


@pytest.mark.parametrize("strength", [1e-3, 1e3])
def test_a_run_that_begins_late_finds_its_own_scale(strength):
    model = penalized(strength)
    controller = BudgetController(macs=0.4, verbose=0)
    fit(model, controller, optimizer=Proximal(momentum()), initial_epoch=1)
    assert 0.95 * 0.4 <= shares(model)["macs"] <= 0.4
    assert accuracy(model) > 0.8


def test_a_rate_that_warms_up_from_zero():
    model = penalized(1e3)
    warmed = keras.optimizers.schedules.CosineDecay(
        0.0, 64, warmup_target=0.05, warmup_steps=16
    )
    sgd = keras.optimizers.SGD(warmed, momentum=0.9)
    first = []
    watch = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: first.append(
            int((np.asarray(model.get_layer("norm_1").gamma) != 0).sum())
        )
    )
    controller = BudgetController(macs=0.4, verbose=0)
    fit(model, controller, watch, optimizer=Proximal(sgd), epochs=4)
    assert first[:4] == [32] * 4
    assert 0.95 * 0.4 <= shares(model)["macs"] <= 0.4


def test_other_penalties_under_the_same_optimizer():
    model = trained(BudgetController(macs=0.7, verbose=0), epochs=2)
    closed = np.asarray(model.get_layer("norm_1").gamma) == 0
    for index in (0, 1):
        model.get_layer(f"norm_{index}").gamma.regularizer = None
    kernel = model.get_layer("conv_1").kernel
    kernel.regularizer = GroupLasso(1.0)
    fit(model, BudgetController(macs=0.4, verbose=0), epochs=2)
    assert 0.9 * 0.4 <= shares(model)["macs"] <= 0.4
    assert np.all(np.asarray(model.get_layer("norm_1").gamma)[closed] == 0)


def test_an_interrupted_run_on_other_channels_is_not_gone_on_with():
    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    def steering():
        channels = LiveChannels(tfprune.trace(model), "macs")
        return Steering(channels, model.optimizer)

    model = penalized()
    with pytest.raises(KeyboardInterrupt):
        fit(
            model,
            BudgetController(macs=0.5, reach=1.0, verbose=0),
            Interrupt(),
            optimizer=Proximal(momentum()),
        )
    assert steering().interrupted
    # As many channels, and other weights of theirs.
    model.get_layer("norm_0").gamma.regularizer = None
    model.get_layer("conv_0").kernel.regularizer = GroupLasso(1.0)
    assert not steering().interrupted


def test_parameters():
    model = trained(BudgetController(parameters=0.4, verbose=0))
    assert 0.95 * 0.4 <= shares(model)["parameters"] <= 0.4


def test_bytes_in_rounded_widths():
    model = trained(BudgetController(num_bytes=0.5, round_to=8, verbose=0))
    assert shares(model)["bytes"] <= 0.5
    assert all(x % 8 == 0 for x in widths(tfprune.strip(model)))


def test_a_part_of_the_channels():
    model = trained(BudgetController(sparsity=0.5, verbose=0))
    assert sum(widths(tfprune.strip(model))) == pytest.approx(48, abs=1)


def test_adam():
    model = penalized()
    controller = BudgetController(macs=0.4, verbose=0)
    adam = keras.optimizers.Adam(0.003)
    fit(model, controller, optimizer=Proximal(adam))
    assert 0.95 * 0.4 <= shares(model)["macs"] <= 0.4
    assert accuracy(model) > 0.8


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("epochs", [3, 5])
def test_short_runs_follow_the_way_to_the_budget(epochs, frozen):
    model = penalized()
    for index in range(3):
        model.get_layer(f"conv_{index}").trainable = not frozen
    left = fit(
        model,
        BudgetController(macs=0.4, verbose=0),
        optimizer=Proximal(momentum()),
        epochs=epochs,
    ).history["open_macs"]
    way = [1 - 0.6 * min(2 * (x + 1) / epochs, 1.0) for x in range(epochs)]
    np.testing.assert_allclose(left, way, atol=0.12)


def test_what_is_left_follows_the_way_to_the_budget():
    history = fit(
        penalized(),
        BudgetController(macs=0.3, reach=0.75, verbose=0),
        optimizer=Proximal(momentum()),
        epochs=8,
    ).history
    left = history["open_macs"]
    way = [1 - 0.7 * min((epoch + 1) / 6, 1.0) for epoch in range(8)]
    np.testing.assert_allclose(left, way, atol=0.15)
    assert left[5:] == pytest.approx([left[5]] * 3)
    assert history["penalty_scale"][-1] == 0
    assert all(x > 0 for x in history["penalty_scale"][:5])


@pytest.mark.parametrize("epochs", [{"epochs": 0}, {"initial_epoch": 5}])
def test_without_an_epoch_nothing_is_closed(epochs):
    model = penalized()
    controller = BudgetController(macs=0.3, verbose=0)
    fit(model, controller, optimizer=Proximal(momentum()), **epochs)
    assert shares(model)["macs"] == 1


def test_closed_channels_stay_closed_and_others_grow_again():
    seen = []
    model = penalized()
    gamma = model.get_layer("norm_1").gamma
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: seen.append(np.array(gamma))
    )
    controller = BudgetController(macs=0.3, reach=0.4, verbose=0)
    fit(model, controller, watch, optimizer=Proximal(momentum()))
    closed = seen[-1] == 0
    assert 0 < closed.sum() < 32
    assert all(np.array_equal(x == 0, closed) for x in seen[-3:])
    assert np.all(seen[-1][~closed] != seen[-2][~closed])


def test_training_that_ends_early_meets_the_budget_and_says_so(capsys):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    model = penalized()
    controller = BudgetController(macs=0.3)
    fit(model, controller, Stop(), optimizer=Proximal(momentum()))
    assert 0.95 * 0.3 <= shares(model)["macs"] <= 0.3
    said = capsys.readouterr().out.strip()
    assert said.startswith("Budget met after 20% of the epochs: ")
    assert "of the macs left" in said
    assert "\n" not in said


def test_weights_that_early_stopping_restores_are_closed_again():
    model = penalized()
    stop = keras.callbacks.EarlyStopping(
        "accuracy", mode="min", patience=9, restore_best_weights=True
    )
    controller = BudgetController(macs=0.3, verbose=0)
    fit(model, stop, controller, optimizer=Proximal(momentum()))
    assert shares(model)["macs"] <= 0.3


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_batches_of_unknown_number():
    digits = data.load("digits")
    whole = tf.data.Dataset.from_tensor_slices(
        (digits.x_train[:256], digits.y_train[:256])
    )
    batches = whole.batch(32).filter(lambda *_: True)
    model = penalized()
    model.compile(
        Proximal(momentum()),
        "sparse_categorical_crossentropy",
        jit_compile=False,
    )
    controller = BudgetController(macs=0.5, verbose=0)
    history = model.fit(
        batches, epochs=4, shuffle=False, verbose=0, callbacks=[controller]
    ).history
    assert history["open_macs"][0] == 1
    assert 0.95 * 0.5 <= shares(model)["macs"] <= 0.5


def test_half_precision_compiled_with_loss_scaling():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        controller = BudgetController(macs=0.5, verbose=0)
        model = trained(controller, jit_compile=True)
        assert hasattr(model.optimizer, "dynamic_scale")
        assert 0.95 * 0.5 <= shares(model)["macs"] <= 0.5
    finally:
        keras.config.set_dtype_policy(before)


def interrupted(tmp_path, resume):
    """Trains half of the epochs, then the rest as `resume` makes it go on."""

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    backup = keras.callbacks.BackupAndRestore(tmp_path)
    model = penalized()
    with pytest.raises(KeyboardInterrupt):
        fit(
            model,
            backup,
            BudgetController(macs=0.3, verbose=0),
            Interrupt(),
            optimizer=Proximal(momentum()),
        )
    return resume(backup)


@pytest.mark.parametrize("backup_first", [True, False])
def test_an_interrupted_run_goes_on(tmp_path, backup_first):
    model = penalized()
    epochs = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            scale = float(self.model.optimizer.penalty_scale)
            epochs.append((epoch, scale))

    def resume(backup):
        callbacks = [backup, BudgetController(macs=0.3, verbose=0)]
        if not backup_first:
            callbacks.reverse()
        return fit(
            model, *callbacks, Watch(), optimizer=Proximal(momentum())
        ).history

    history = interrupted(tmp_path, resume)
    assert [epoch for epoch, _ in epochs] == [2, 3, 4]
    assert epochs[0][1] not in (0.0, 1.0)
    assert 0.95 * 0.3 <= shares(model)["macs"] <= 0.3
    assert len(history["open_macs"]) == EPOCHS - 2


def test_a_file_goes_on_where_the_budget_was_met(tmp_path):
    model = trained(BudgetController(macs=0.3, verbose=0))
    before = widths(tfprune.strip(model))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    controller = BudgetController(macs=0.3, verbose=0)
    history = fit(loaded, controller, epochs=1).history
    assert history["penalty_scale"] == [0.0]
    assert widths(tfprune.strip(loaded)) == before
    fit(loaded, epochs=1)
    assert widths(tfprune.strip(loaded)) == before


def test_a_lower_budget_afterwards():
    model = trained(BudgetController(macs=0.5, verbose=0))
    fit(model, BudgetController(macs=0.3, verbose=0))
    assert 0.95 * 0.3 <= shares(model)["macs"] <= 0.3


@pytest.mark.parametrize(
    ("budget", "text"),
    [
        ({"macs": 0.01}, "Expected macs of at least 0.0"),
        ({"parameters": 0.01}, "Expected parameters of at least 0.0"),
        ({"num_bytes": 0.01}, "Expected num_bytes of at least 0.0"),
        ({"sparsity": 0.99}, "Expected sparsity of at most 0.875"),
    ],
)
def test_a_budget_below_the_floor_names_the_lowest(budget, text):
    with pytest.raises(InvalidInputError) as caught:
        trained(BudgetController(**budget))
    assert str(caught.value).startswith(text)
    assert "penalize more" in str(caught.value) or "sparsity" in budget
    assert "\n" not in str(caught.value)


def test_weights_that_are_not_numbers():
    model = penalized()
    model.get_layer("norm_1").gamma.assign([np.nan] * 32)
    with pytest.raises(
        TfpruneError, match="'norm_1' hold NaN in epoch 1: "
    ) as caught:
        fit(
            model,
            BudgetController(macs=0.5),
            optimizer=Proximal(momentum()),
        )
    assert "\n" not in str(caught.value)


def test_weights_that_become_infinite_in_a_later_epoch(tmp_path):
    class Diverge(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                gamma = self.model.get_layer("norm_2").gamma
                gamma.assign([np.inf] * 40)

    history = SparsityHistory(tmp_path / "sparsity.jsonl")
    with pytest.raises(TfpruneError, match="'norm_.' hold NaN in epoch 2"):
        fit(
            penalized(), history, Diverge(), optimizer=Proximal("sgd"), epochs=3
        )
    assert [x["epoch"] for x in history.records] == [1]


def test_another_optimizer_is_refused():
    with pytest.raises(InvalidInputError, match=r"Proximal\(SGD\(...\)\)"):
        fit(penalized(), BudgetController(macs=0.5), optimizer=momentum())


def test_a_model_without_penalties_is_refused():
    with pytest.raises(InvalidInputError, match="penalize_scales"):
        fit(
            network(),
            BudgetController(macs=0.5),
            optimizer=Proximal(momentum()),
        )


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "exactly one of"),
        ({"macs": 0.5, "parameters": 0.5}, "exactly one of"),
        ({"macs": 1.5}, r"macs in \(0, 1\]"),
        ({"macs": 0.5, "reach": 0.0}, r"reach in \(0, 1\]"),
        ({"macs": 0.5, "reach": "a"}, r"reach in .* Received: reach='a'"),
        ({"macs": 0.5, "readings": 0}, "readings"),
        ({"macs": 0.5, "readings": True}, "readings=True"),
        ({"macs": 0.5, "min_channels": 0}, "min_channels"),
    ],
)
def test_wrong_arguments_are_refused(arguments, text):
    with pytest.raises(InvalidInputError, match=text):
        BudgetController(**arguments)
