"""What TensorBoard reads is what was recorded."""

import sys
from collections import defaultdict

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import tfprune
from tests.callbacks.controlled_training import fit, penalized, shares, widths
from tfprune.callbacks import (
    BudgetController,
    SparsityHistory,
    SparsityTensorBoard,
    UpdateCosts,
)
from tfprune.errors import InvalidInputError, MissingDependencyError
from tfprune.gates import HardConcrete
from tfprune.optimizers import Proximal
from tfprune.regularizers import GroupLasso

EPOCHS = 3


def network() -> keras.Model:
    """Filters with a penalty, and units with gates."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 1))
    conv = layers.Conv2D(24, 3, kernel_regularizer=GroupLasso(1.0), name="conv")
    x = layers.GlobalAveragePooling2D()(layers.ReLU()(conv(inputs)))
    x = layers.Dense(32, activation="relu", name="hidden")(x)
    x = HardConcrete(1e-2, drop_rate=0.2, seed=0, name="gate")(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def read(folder):
    """What was written to a folder, by tag and epoch."""
    events = pytest.importorskip("tensorboard.compat.proto.event_pb2")
    tensors = pytest.importorskip("tensorboard.util.tensor_util")
    (path,) = (folder / "sparsity").iterdir()
    written = defaultdict(dict)
    for record in tf.data.TFRecordDataset(str(path)):
        event = events.Event.FromString(record.numpy())
        for value in event.summary.value:
            array = tensors.make_ndarray(value.tensor)
            written[value.tag][event.step] = array
    return written


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The records of a run, its model, and what was written, by tag."""
    pytest.importorskip("tensorboard")
    folder = tmp_path_factory.mktemp("logs")
    model, history = network(), SparsityHistory()
    fit(
        model,
        UpdateCosts(),
        BudgetController(macs=0.5, reach=0.4, verbose=0),
        history,
        SparsityTensorBoard(folder),
        optimizer=Proximal(keras.optimizers.SGD(0.05, momentum=0.9)),
        epochs=EPOCHS,
    )
    return history.records, model, read(folder)


def test_every_number_is_there_for_every_epoch(run):
    records, _, written = run
    assert set(written) == {
        "left/macs",
        "left/parameters",
        "penalty/all",
        "penalty/scale",
        "penalty/conv",
        "penalty/hidden",
        "width/conv",
        "width/hidden",
        "norm/conv",
        "opening/hidden",
    }
    assert all(list(x) == list(range(EPOCHS)) for x in written.values())
    for tag, name in (
        ("left/macs", "live_macs"),
        ("left/parameters", "live_parameters"),
        ("penalty/all", "penalty"),
        ("penalty/scale", "penalty_scale"),
    ):
        found = list(map(float, written[tag].values()))
        np.testing.assert_allclose(found, [x[name] for x in records], 1e-6)
    for name in ("conv", "hidden"):
        found = list(map(int, written[f"width/{name}"].values()))
        assert found == [x["groups"][name]["live"] for x in records]


def test_distributions_are_those_of_norms_and_openings(run):
    _, model, written = run
    kernel = np.array(model.get_layer("conv").kernel)
    norms = np.sqrt((kernel**2).sum(axis=(0, 1, 2)))
    for tag, expected in (
        ("norm/conv", norms),
        ("opening/hidden", model.get_layer("gate").values()),
    ):
        left, right, count = written[tag][EPOCHS - 1].T
        assert count.sum() == len(expected)
        assert left[0] == pytest.approx(expected.min(), rel=1e-5)
        assert right[-1] == pytest.approx(expected.max(), rel=1e-5)
        # The smallest channels are in the first of equal steps.
        first = (expected < right[0] - 1e-6).sum()
        assert count[0] == pytest.approx(first, abs=1)


def test_factors_are_those_of_the_optimizer(run):
    _, model, written = run
    kernel = model.get_layer("conv").kernel
    factor = float(model.optimizer.factor_of(kernel))
    assert float(written["penalty/conv"][EPOCHS - 1]) == factor
    assert float(written["penalty/hidden"][EPOCHS - 1]) == 1


def test_a_scale_of_zero_whose_shift_stays_is_left(tmp_path):
    model, history = penalized(), SparsityHistory()
    for index in range(3):
        norm = model.get_layer(f"norm_{index}")
        norm.gamma.assign(np.where(np.arange(norm.gamma.shape[0]) < 9, 0, 1))
        norm.beta.assign(np.full(norm.beta.shape, 0.5))
    optimizer = Proximal(keras.optimizers.SGD(0.0), fix_zeros=True)
    board = SparsityTensorBoard(tmp_path)
    fit(model, history, board, optimizer=optimizer, epochs=1)
    written = read(tmp_path)
    left = float(written["left/macs"][0])
    assert left == pytest.approx(shares(model)["macs"])
    assert left == pytest.approx(history.records[0]["live_macs"])
    found = [int(written[f"width/conv_{x}"][0]) for x in range(3)]
    assert found == widths(tfprune.strip(model)) == [24, 32, 31]


@pytest.mark.parametrize("folder", [None, 3])
def test_what_is_no_folder_is_refused(folder):
    with pytest.raises(InvalidInputError, match="log_dir to be a folder"):
        SparsityTensorBoard(folder)


def test_what_to_install_is_said(tmp_path, monkeypatch):
    name = "tensorboard.plugins.scalar.summary_v2"
    monkeypatch.setitem(sys.modules, name, None)
    callback = SparsityTensorBoard(tmp_path)
    callback.set_model(network())
    with pytest.raises(MissingDependencyError, match="pip install 'tensorboa"):
        callback.on_train_begin()
