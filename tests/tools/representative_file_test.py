"""Files of typical inputs, good and bad."""

import numpy as np
import pytest

from tfprune.errors import InvalidInputError
from tfprune.tools.representative_file import load_inputs


def refusal(path):
    with pytest.raises(InvalidInputError) as caught:
        load_inputs(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_only_array_is_given_whatever_its_name(tmp_path):
    np.savez(tmp_path / "x.npz", whatever=np.arange(6.0))
    assert load_inputs(tmp_path / "x.npz").tolist() == list(range(6))


def test_several_arrays_are_given_by_name(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.zeros(2), b=np.ones(3))
    assert {k: v.shape for k, v in load_inputs(tmp_path / "x.npz").items()} == {
        "a": (2,),
        "b": (3,),
    }


def test_missing(tmp_path):
    assert "which is no file. Check the path." in refusal(tmp_path / "x.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"no array"])
def test_foreign_or_damaged(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    assert "Write it again with np.savez" in refusal(tmp_path / "x.npz")


def test_cut_short(tmp_path):
    np.savez(tmp_path / "x.npz", np.ones(99))
    content = (tmp_path / "x.npz").read_bytes()
    (tmp_path / "x.npz").write_bytes(content[:-50])
    assert "Write it again with np.savez" in refusal(tmp_path / "x.npz")


def test_lone_array_file(tmp_path):
    np.save(tmp_path / "x.npy", np.ones(3))
    assert "a single array (.npy)" in refusal(tmp_path / "x.npy")


def test_objects_are_never_unpickled(tmp_path):
    np.savez(tmp_path / "x.npz", np.array([{}], dtype=object))
    assert "whose dtype is not object" in refusal(tmp_path / "x.npz")
