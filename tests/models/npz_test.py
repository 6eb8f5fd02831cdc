"""Data sets from files: what is read, and what each bad file says."""

import pickle
import zipfile

import numpy as np
import pytest

from tests.models.arrays import small_arrays, small_file
from tfprune.errors import InvalidInputError
from tfprune.models.data import load_npz


def refusal(path) -> str:
    """The message of the error that a file gives, which is one line."""
    with pytest.raises(InvalidInputError) as caught:
        load_npz(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("Expected")
    return message


def test_uint8_images_are_scaled_and_given_a_channel_axis(tmp_path):
    dataset = load_npz(small_file(tmp_path / "mine.npz"))
    arrays = small_arrays()
    assert dataset.name == "mine"
    assert dataset.x_train.dtype == np.float32
    assert dataset.y_train.dtype == np.int64
    assert dataset.input_shape == (5, 4, 1)
    assert dataset.num_classes == 3
    np.testing.assert_allclose(
        dataset.x_train[..., 0], arrays["x_train"] / 255, rtol=1e-6
    )
    np.testing.assert_array_equal(dataset.y_test, arrays["y_test"])


def test_floats_stay_as_they_are(tmp_path):
    x_train = np.linspace(-3, 3, 12 * 7).reshape(12, 7)
    path = small_file(tmp_path / "f.npz", x_train=x_train, x_test=x_train[:6])
    dataset = load_npz(path, name="features")
    assert dataset.name == "features"
    assert dataset.input_shape == (7,)
    np.testing.assert_allclose(dataset.x_train, x_train, rtol=1e-6)


def test_labels_may_be_a_column(tmp_path):
    column = np.arange(12)[:, None] % 3
    path = small_file(tmp_path / "c.npz", y_train=column)
    assert load_npz(path).y_train.shape == (12,)


def test_missing_file(tmp_path):
    message = refusal(tmp_path / "absent.npz")
    assert "absent.npz, which is no file. Check the path." in message


def test_folder(tmp_path):
    assert "which is no file" in refusal(tmp_path)


@pytest.mark.parametrize("size", [0, 10, 200, 0.5, 0.9])
def test_truncated_file(tmp_path, size):
    path = small_file(tmp_path / "cut.npz")
    whole = path.read_bytes()
    end = size if isinstance(size, int) else int(size * len(whole))
    path.write_bytes(whole[:end])
    assert "cannot be read" in refusal(path)


def test_damaged_file(tmp_path):
    path = small_file(tmp_path / "damaged.npz")
    content = bytearray(path.read_bytes())
    content[200:260] = bytes(60)
    path.write_bytes(content)
    assert "cannot be read" in refusal(path)


def test_text_file(tmp_path):
    path = tmp_path / "text.npz"
    path.write_text("x_train,y_train\n1,2\n")
    assert "cannot be read" in refusal(path)


def test_single_array(tmp_path):
    path = tmp_path / "one.npy"
    np.save(path, np.ones(3))
    assert "received a single array. Write it with np.savez" in refusal(path)


def test_missing_array(tmp_path):
    arrays = small_arrays()
    arrays["y_tset"] = arrays.pop("y_test")
    np.savez(tmp_path / "typo.npz", **arrays)
    message = refusal(tmp_path / "typo.npz")
    assert "'y_test' is missing. Did you mean 'y_tset'?" in message


def test_empty_archive(tmp_path):
    path = tmp_path / "empty.npz"
    np.savez(path)
    assert "received none: 'x_train' is missing." in refusal(path)


class Bomb:
    """Ends the test run if anything unpickles it."""

    def __reduce__(self):
        return (pytest.exit, ("a pickle was loaded",))


def test_object_arrays_are_not_unpickled(tmp_path):
    bombs = np.array([Bomb()] * 12, dtype=object)
    path = small_file(tmp_path / "objects.npz", y_train=bombs)
    assert "whose dtype is not object" in refusal(path)


def test_a_pickle_is_not_unpickled(tmp_path):
    path = tmp_path / "pickle.npz"
    path.write_bytes(pickle.dumps(Bomb()))
    assert "cannot be read" in refusal(path)


def test_a_member_that_is_no_array(tmp_path):
    path = small_file(tmp_path / "text_inside.npz")
    arrays = small_arrays()
    del arrays["y_test"]
    np.savez(path, **arrays)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("y_test", "0 1 2 0 1 2")
    assert "y_test" in refusal(path)


NAN = np.full((12, 5, 4), np.nan)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"x_train": NAN}, "received 240 NaN or infinite values"),
        ({"x_train": NAN * 0 + 1e39}, "received 240 NaN or infinite"),
        ({"x_train": np.ones((12, 5, 4), int)}, "received dtype int64"),
        ({"x_train": np.ones((12, 5, 4), complex)}, "dtype complex128"),
        ({"x_train": np.full((12, 5, 4), "a")}, "received dtype <U1"),
        ({"x_train": np.ones(12)}, r"received shape \(12,\)"),
        ({"x_train": np.ones((0, 5, 4))}, r"received shape \(0, 5, 4\)"),
        ({"x_train": np.ones((11, 5, 4))}, "11 samples in x_train and 12"),
        ({"x_train": np.ones((12, 5, 3))}, r"\(5, 3, 1\) and \(5, 4, 1\)"),
        ({"y_train": np.arange(12) - 1}, "received -1. Number the classes"),
        ({"y_train": np.arange(12) / 2}, "received dtype float64"),
        ({"y_train": np.eye(12)}, "For one-hot rows store argmax"),
        ({"y_train": np.full(12, 2**63, "uint64")}, "class numbers from 0"),
        ({"y_test": np.zeros(0, int)}, r"received shape \(0,\)"),
        ({"y_test": np.zeros(5, int)}, "6 samples in x_test and 5 labels"),
    ],
)
def test_unfit_arrays(tmp_path, changes, expected):
    path = small_file(tmp_path / "unfit.npz", **changes)
    with pytest.raises(InvalidInputError, match=expected):
        load_npz(path)
