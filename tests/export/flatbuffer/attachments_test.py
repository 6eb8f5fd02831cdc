"""Label files behind a flatbuffer."""

import zipfile

import numpy as np

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
