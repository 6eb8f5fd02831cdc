"""Small files, and the console command, for the tests of the tools."""

import keras
import numpy as np
import pytest

from tfprune import models
from tfprune.tools.main import run
from tfprune_console import ENVIRONMENT


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Holds what many tests read: a model, data, and typical inputs."""
    folder = tmp_path_factory.mktemp("tools")
    keras.utils.set_random_seed(0)
    model = models.get("residual_cnn")(widths=(4, 6))
    model.save(folder / "model.keras")
    digits = models.data.load("digits")
    np.savez(
        folder / "data.npz",
        x_train=digits.x_train[:96],
        y_train=digits.y_train[:96],
        x_test=digits.x_test[:40],
        y_test=digits.y_test[:40],
    )
    np.savez(folder / "typical.npz", digits.x_train[:60])
    return folder


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Undoes what the console command sets for its process."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def command(capsys):
    """Runs the console command; gives exit code, standard output and error."""

    def run_words(*words):
        code = run([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_words


@pytest.fixture
def fails(command):
    """Runs a command that must fail with one line, which is returned."""

    def run_words(code, *words):
        received, out, err = command(*words)
        assert (received, out) == (code, ""), err
        assert err.count("\n") == 1 and err.startswith(f"tfprune {words[0]}: ")
        assert "Traceback" not in err
        return err

    return run_words
