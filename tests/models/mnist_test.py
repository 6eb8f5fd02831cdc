"""Where MNIST and Fashion-MNIST are looked for."""

import keras
import pytest

from tests.models.arrays import small_arrays, small_file
from tfprune.errors import InvalidInputError
from tfprune.models import data

NAMES = ("mnist", "fashion_mnist")


@pytest.fixture(autouse=True)
def no_folder_and_no_download(monkeypatch):
    def refuse():
        pytest.fail("a download was attempted")

    monkeypatch.delenv("TFPRUNE_DATA_DIR", raising=False)
    for name in NAMES:
        monkeypatch.setattr(getattr(keras.datasets, name), "load_data", refuse)


@pytest.mark.parametrize("name", NAMES)
def test_from_the_folder_given(name, tmp_path):
    small_file(tmp_path / f"{name}.npz")
    dataset = data.load(name, data_dir=str(tmp_path))
    assert dataset.name == name
    assert dataset.input_shape == (5, 4, 1)


def test_from_the_folder_in_the_environment(tmp_path, monkeypatch):
    small_file(tmp_path / "mnist.npz")
    monkeypatch.setenv("TFPRUNE_DATA_DIR", str(tmp_path))
    assert data.load("mnist").input_shape == (5, 4, 1)


def test_the_folder_given_comes_first(tmp_path, monkeypatch):
    small_file(tmp_path / "mnist.npz")
    monkeypatch.setenv("TFPRUNE_DATA_DIR", "/nowhere")
    assert data.load("mnist", str(tmp_path)).input_shape == (5, 4, 1)


def test_a_named_folder_without_the_file(tmp_path):
    with pytest.raises(InvalidInputError, match="mnist.npz, and it is not"):
        data.load("mnist", data_dir=str(tmp_path))


def test_through_keras(monkeypatch):
    arrays = small_arrays()

    def load_data():
        return (
            (arrays["x_train"], arrays["y_train"]),
            (arrays["x_test"], arrays["y_test"]),
        )

    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    dataset = data.load("mnist")
    assert dataset.name == "mnist"
    assert dataset.x_train.max() <= 1.0


def test_unknown_name():
    with pytest.raises(
        InvalidInputError, match="Unknown data set 'minst'. Did you mean 'mn"
    ):
        data.load("minst")
