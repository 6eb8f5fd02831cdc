"""Files appear whole or not at all."""

import os
import resource
from pathlib import Path

import pytest

from tfprune.atomic_file import atomic_path
from tfprune.errors import FileWriteError, InvalidInputError


def names_in(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_writes_and_leaves_only_the_file(tmp_path):
    with atomic_path(tmp_path / "a.json") as temporary:
        temporary.write_text("{}")
        assert not (tmp_path / "a.json").exists()
    assert names_in(tmp_path) == ["a.json"]
    assert (tmp_path / "a.json").read_text() == "{}"


@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5", "plain"])
def test_temporary_file_ends_alike_in_the_same_folder(tmp_path, name):
    with atomic_path(str(tmp_path / name)) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.endswith(name.partition(".")[2])


def test_failure_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["a.txt"]


def test_mode_follows_umask_then_the_existing_file(tmp_path):
    path = tmp_path / "a.txt"
    before = os.umask(0o022)
    try:
        with atomic_path(path):
            pass
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o644
    path.chmod(0o600)
    with atomic_path(path):
        pass
    assert path.stat().st_mode & 0o777 == 0o600


def test_symbolic_link_stays_a_link(tmp_path):
    target = tmp_path / "target.txt"
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    with atomic_path(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


@pytest.mark.parametrize(
    "make, expected",
    [
        (lambda folder: folder, "is a folder. Add a file name"),
        (lambda folder: folder / "no" / "a.txt", "there is no folder"),
        (lambda folder: folder / ("a" * 300), "File name too long"),
        (lambda folder: os.devnull, "which is a device or a pipe"),
    ],
)
def test_paths_that_cannot_be_written(tmp_path, make, expected):
    with pytest.raises(InvalidInputError, match=expected) as caught:
        with atomic_path(make(tmp_path)):
            pytest.fail("The block must not run.")
    assert "\n" not in str(caught.value)
    assert names_in(tmp_path) == []


def test_other_errors_of_the_block_pass_through(tmp_path):
    with pytest.raises(FileNotFoundError):
        with atomic_path(tmp_path / "a.txt"):
            (tmp_path / "missing").read_bytes()
    assert names_in(tmp_path) == []


def test_file_larger_than_the_limit(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The kernel itself refuses the bytes, as it does on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(FileWriteError, match="Could not write"):
            with atomic_path(path) as temporary:
                temporary.write_bytes(bytes(8192))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.bin"]


def test_no_space_left(tmp_path):
    with pytest.raises(FileWriteError, match="No space left") as caught:
        with atomic_path(tmp_path / "a.bin"):
            # Every write to this device answers that no space is left.
            with Path("/dev/full").open("wb", buffering=0) as full:
                full.write(b"x")
    assert "\n" not in str(caught.value)
    assert names_in(tmp_path) == []
