"""Native chatter is dropped, and nothing else."""

import logging
import os
import sys
import warnings

import pytest

from tfprune.export.quiet import quiet_native_logs


def test_drops_all_three_ways(capfd, caplog):
    with quiet_native_logs():
        os.write(2, b"native\n")
        logging.getLogger("absl").warning("absl")
        warnings.warn("python", stacklevel=1)
    assert capfd.readouterr().err == ""
    assert caplog.records == []


def test_restores_all_three_ways(capfd, caplog):
    with pytest.raises(KeyError):
        with quiet_native_logs():
            raise KeyError
    os.write(2, b"native\n")
    logging.getLogger("absl").warning("absl")
    with pytest.warns(UserWarning, match="python"):
        warnings.warn("python", stacklevel=1)
    assert "native" in capfd.readouterr().err
    assert [record.message for record in caplog.records] == ["absl"]


def test_leaves_standard_output_alone(capfd):
    with quiet_native_logs():
        os.write(1, b"printed\n")
    assert capfd.readouterr().out == "printed\n"


def test_leaks_no_descriptors():
    with quiet_native_logs():
        pass
    before = os.dup(0)
    os.close(before)
    for _ in range(5):
        with quiet_native_logs():
            pass
    after = os.dup(0)
    os.close(after)
    assert after == before


def test_standard_error_of_python_is_silent_meanwhile(capsys):
    with quiet_native_logs():
        sys.stderr.write("Use '@tf.function'.")
    sys.stderr.write("after")
    assert capsys.readouterr().err == "after"
