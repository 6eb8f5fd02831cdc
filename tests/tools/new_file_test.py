"""Files that a command may write."""

import pytest

from tfprune.errors import InvalidInputError
from tfprune.tools.new_file import check_new


def test_each_file_is_written_once(tmp_path):
    path = tmp_path / "m.tflite"
    check_new([str(path), None, str(tmp_path / "m.json"), None], False)
    other = str(tmp_path / "." / "folder" / ".." / "m.tflite")
    with pytest.raises(InvalidInputError, match="twice. Choose another name"):
        check_new([str(path), other], overwrite=True)
