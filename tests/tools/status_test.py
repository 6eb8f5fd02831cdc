"""Progress on a terminal, and where there is none."""

import pytest

from tfprune.tools import status


def train(epochs):
    with status.epoch_progress("baseline", epochs) as callback:
        for epoch in range(epochs):
            callback.on_epoch_end(epoch, {"accuracy": (epoch + 1) / 10})


def test_sums_up_in_one_line(capsys):
    train(3)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("baseline: 3 epochs in 0.0 s, ")
    assert err.endswith("training accuracy 30.0%\n")
    assert err.count("\n") == 1


def test_writes_a_line_now_and_then_without_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(status, "SECONDS_BETWEEN_LINES", -1)
    train(3)
    lines = capsys.readouterr().err.splitlines()
    assert lines[:-1] == [
        "baseline: epoch 1 of 3, training accuracy 10.0%",
        "baseline: epoch 2 of 3, training accuracy 20.0%",
    ]


def test_moves_a_bar_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    train(2)
    err = capsys.readouterr().err
    assert "2/2" in err and "epochs, accuracy 20.0%" in err
    assert "epoch 1 of 2" not in err


def test_bar_goes_away_when_training_fails(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with pytest.raises(KeyboardInterrupt):
        with status.epoch_progress("baseline", 2):
            raise KeyboardInterrupt
    err = capsys.readouterr().err
    # The cursor is shown again.
    assert err.rindex("\x1b[?25h") > err.rindex("\x1b[?25l")
    assert "baseline: 2 epochs" not in err
