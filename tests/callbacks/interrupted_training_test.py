"""Training that was interrupted ends where it would have ended."""

import pytest

from tests.callbacks.interrupted_training import distances


@pytest.mark.parametrize("backup_first", [True, False])
def test_an_interrupted_run_ends_where_another_does(tmp_path, backup_first):
    found = distances(tmp_path, backup_first)
    assert found["epochs"] == 0
    # It was interrupted while penalties were being steered.
    assert found["scale_before"] > 0
    assert found["scale_after"] > 0
    assert found["records"] < 1e-4
    assert found["weights"] < 1e-4
