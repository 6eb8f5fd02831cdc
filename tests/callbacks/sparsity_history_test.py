"""What is left of a model, epoch by epoch, in logs, records and files."""

import json

import keras
import matplotlib.image
import numpy as np
import pytest

import tfprune
from tests.callbacks.controlled_training import (
    fit,
    momentum,
    penalized,
    shares,
    widths,
)
from tfprune.callbacks import BudgetController, SparsityHistory
from tfprune.errors import InvalidInputError
from tfprune.optimizers import Proximal

EPOCHS = 4


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A model, its History, what was recorded and the file of it."""
    path = tmp_path_factory.mktemp("run") / "sparsity.jsonl"
    model, history = penalized(), SparsityHistory(path)
    controller = BudgetController(macs=0.4, verbose=0)
    logs = fit(
        model,
        controller,
        history,
        optimizer=Proximal(momentum()),
        epochs=EPOCHS,
    ).history
    return model, logs, history, path


def test_the_last_record_is_what_strip_leaves(run):
    model, _, history, _ = run
    last, left = history.records[-1], shares(model)
    assert last["live_macs"] == pytest.approx(left["macs"])
    assert last["live_parameters"] == pytest.approx(left["parameters"])
    live = [x["live"] for x in last["groups"].values()]
    assert live == widths(tfprune.strip(model))
    assert list(last["groups"]) == ["conv_0", "conv_1", "conv_2"]
    assert [x["width"] for x in last["groups"].values()] == [24, 32, 40]


def test_what_padding_keeps_from_being_stripped_is_alive():
    model, history = penalized(), SparsityHistory()
    for index in range(3):
        norm = model.get_layer(f"norm_{index}")
        norm.gamma.assign(np.where(np.arange(norm.gamma.shape[0]) < 9, 0, 1))
        norm.beta.assign(np.full(norm.beta.shape, 0.5))
    fit(
        model,
        history,
        optimizer=Proximal(keras.optimizers.SGD(0.0), fix_zeros=True),
        epochs=1,
    )
    left = shares(model)
    last = history.records[-1]
    assert last["live_macs"] == pytest.approx(left["macs"])
    assert last["live_parameters"] == pytest.approx(
        left["parameters"], rel=0.01
    )
    live = [x["live"] for x in last["groups"].values()]
    assert live == widths(tfprune.strip(model)) == [24, 32, 31]


def test_norms_are_those_of_the_scales(run):
    model, _, history, _ = run
    for index in range(3):
        gamma = np.abs(np.array(model.get_layer(f"norm_{index}").gamma))
        norms = history.records[-1]["groups"][f"conv_{index}"]["norms"]
        expected = [gamma.min(), np.median(gamma), gamma.max()]
        np.testing.assert_allclose(norms, expected, rtol=1e-6)


def test_the_penalty_is_the_weighted_sum_of_scales(run):
    model, _, history, _ = run
    expected = 0.0
    for index in range(3):
        gamma = model.get_layer(f"norm_{index}").gamma
        strength = gamma.regularizer.strength
        expected += strength * np.abs(np.array(gamma)).sum()
    found = history.records[-1]["penalty"]
    assert found == pytest.approx(expected, rel=1e-5)


def test_numbers_are_in_the_logs_and_in_the_file(run):
    _, logs, history, path = run
    for name in ("live_macs", "live_parameters", "penalty", "penalty_scale"):
        assert logs[name] == [x[name] for x in history.records]
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(x) for x in lines] == history.records
    assert [x["epoch"] for x in history.records] == [1, 2, 3, 4]
    assert all("accuracy" in x and "loss" in x for x in history.records)


def test_a_run_that_goes_on_keeps_the_lines_before_it(tmp_path):
    path = tmp_path / "sparsity.jsonl"
    model = penalized()
    fit(model, SparsityHistory(path), optimizer=Proximal("sgd"), epochs=3)
    fit(model, SparsityHistory(path), initial_epoch=2, epochs=4)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(x)["epoch"] for x in lines] == [1, 2, 3, 4]
    fit(model, SparsityHistory(path), epochs=1)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1


def test_a_line_in_the_terminal(capsys):
    model = penalized()
    fit(model, SparsityHistory(verbose=1), optimizer=Proximal("sgd"), epochs=1)
    said = capsys.readouterr().out.strip()
    assert said.startswith("Epoch 1: 100.0% of the MACs, 100.0% of the par")
    assert said.endswith("conv_0 24/24, conv_1 32/32, conv_2 40/40")


def test_lines_stand_between_the_progress_bars_of_keras(capsys):
    model = penalized()
    model.compile(Proximal("sgd"), "mse")
    keras.utils.enable_interactive_logging()
    history = SparsityHistory(verbose=1)
    controller = BudgetController(macs=0.5, reach=0.5)
    x, y = np.zeros((8, 8, 8, 1)), np.zeros((8, 10))
    model.fit(x, y, epochs=2, callbacks=[controller, history], verbose=1)
    said = capsys.readouterr().out.splitlines()
    starts = [x.split(":")[0] for x in said if "MACs" in x or "/2" in x]
    assert starts == ["Epoch 1/2", "Epoch 1", "Epoch 2/2", "Epoch 2"]
    (met,) = [i for i, x in enumerate(said) if x.startswith("Budget met")]
    assert said[met - 1].rpartition("\r")[2].strip() == "" or (
        "penalty_scale" in said[met - 1]
    )
    assert said[met + 1].startswith("Epoch 1: ")


def test_a_metric_with_a_number_for_each_class(tmp_path):
    path = tmp_path / "sparsity.jsonl"
    model, history = penalized(1e-3), SparsityHistory(path)
    model.compile(
        Proximal("sgd"),
        "categorical_crossentropy",
        metrics=[keras.metrics.F1Score()],
        jit_compile=False,
    )
    x, y = np.zeros((8, 8, 8, 1)), np.eye(10)[:8]
    model.fit(x, y, epochs=2, verbose=0, callbacks=[history])
    score = history.records[-1]["f1_score"]
    assert len(score) == 10 and all(isinstance(x, float) for x in score)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1])["f1_score"] == score
    tfprune.plot_sparsity(path, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").exists()


def test_any_optimizer_will_do():
    history = SparsityHistory()
    fit(penalized(1e-3), history, optimizer="adam", epochs=1)
    assert "penalty_scale" not in history.records[0]


def test_callbacks_that_come_later_see_the_numbers(tmp_path):
    logger = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    model = penalized()
    fit(model, SparsityHistory(), logger, optimizer=Proximal("sgd"), epochs=1)
    columns = (tmp_path / "log.csv").read_text(encoding="utf-8").splitlines()[0]
    assert {"live_macs", "penalty_scale"} <= set(columns.split(","))


@pytest.mark.parametrize("form", ["callback", "records", "file"])
def test_the_plot_of_a_run(run, form, tmp_path):
    _, _, history, path = run
    given = {"callback": history, "records": history.records, "file": path}
    tfprune.plot_sparsity(given[form], tmp_path / "plot.png")
    pixels = matplotlib.image.imread(tmp_path / "plot.png")[..., :3]
    assert pixels.shape[0] > 300
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100


def test_the_plot_of_records_of_different_groups(tmp_path):
    shared = {"live_macs": 0.5, "live_parameters": 0.5}
    names = ({"a"}, {"a", "b"}, {"b"})
    records = [
        {
            "epoch": i,
            **shared,
            "groups": {x: {"live": 3 + i} for x in sorted(y)},
        }
        for i, y in enumerate(names)
    ]
    tfprune.plot_sparsity(records, tmp_path / "plot.svg")
    drawn = (tmp_path / "plot.svg").read_text(encoding="utf-8")
    assert "<!-- a -->" in drawn and "<!-- b -->" in drawn


def test_what_cannot_be_drawn(tmp_path):
    with pytest.raises(InvalidInputError, match="at least one epoch"):
        tfprune.plot_sparsity([], tmp_path / "plot.png")
    with pytest.raises(InvalidInputError, match="name of an image"):
        tfprune.plot_sparsity([{}], tmp_path / "plot.txt")
    (tmp_path / "other.jsonl").write_text("{}\n", encoding="utf-8")
    for name in ("other.jsonl", "none.jsonl"):
        with pytest.raises(InvalidInputError, match="SparsityHistory wrote"):
            tfprune.plot_sparsity(tmp_path / name, tmp_path / "plot.png")
    assert not (tmp_path / "plot.png").exists()
