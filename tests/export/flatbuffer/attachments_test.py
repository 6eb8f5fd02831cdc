"""Label files behind a flatbuffer."""

import io
import zipfile

import numpy as np
import pytest

from tfprune.errors import InvalidInputError
from tfprune.export import evaluate_tflite, read_tflite, serialize
from tfprune.export.flatbuffer.attachments import (
    append_attachments,
    read_attachments,
)

FILES = {"labels.txt": b"cat\ndog\n", "vocabulary.txt": b"a b c"}


def test_nothing_attached(exported):
    content = exported("depthwise").path.read_bytes()
    assert read_attachments(content, source="m") == {}
    assert append_attachments(content, {}) is content


def test_attached_files_survive_an_edit(exported, tmp_path):
    found = exported("depthwise")
    path = tmp_path / "m.tflite"
    path.write_bytes(append_attachments(found.path.read_bytes(), FILES))
    model = read_tflite(path)
    assert model.attachments == FILES
    model.metadata["author"] = b"somebody" * 100
    path.write_bytes(serialize(model))
    # Any zip tool finds them, and the runtime is not disturbed.
    with zipfile.ZipFile(path) as archive:
        assert archive.read("labels.txt") == b"cat\ndog\n"
    expected = evaluate_tflite(found.path, found.data)
    np.testing.assert_array_equal(evaluate_tflite(path, found.data), expected)
    assert serialize(read_tflite(path)) == path.read_bytes()


def test_archive_that_unfolds_without_end_is_refused(exported):
    buffer = io.BytesIO(exported("depthwise").path.read_bytes())
    buffer.seek(0, io.SEEK_END)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(65 << 20))
    assert len(buffer.getvalue()) < 1 << 20
    with pytest.raises(InvalidInputError, match="Expected at most 67,108,864"):
        read_attachments(buffer.getvalue(), source="m.tflite")


def test_damaged_archive_is_named(exported):
    content = exported("depthwise").path.read_bytes()
    attached = append_attachments(content, FILES)
    damaged = attached.replace(b"dog", b"dig")
    with pytest.raises(InvalidInputError, match="'m' are damaged: Bad CRC-32"):
        read_attachments(damaged, source="m")
