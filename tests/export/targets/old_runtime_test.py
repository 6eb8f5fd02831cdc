"""Predictions against old runtimes, where there are some.

TFPRUNE_RUNTIMES_DIR is the folder that benchmarks/old_runtimes.sh makes.
"""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.export.versions.converted import CASES, content_of
from tfprune.errors import TfpruneError
from tfprune.export import check, evaluate_tflite, read_tflite
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES

FOLDER = os.environ.get("TFPRUNE_RUNTIMES_DIR", "")
CHILD = Path(__file__).parents[3] / "benchmarks" / "old_runtime_child.py"
RUNTIMES = sorted(Path(FOLDER).absolute().glob("tflite-*")) if FOLDER else []


def last_output(runtime, path, data, folder):
    """What an old runtime computes; None where it computes nothing."""
    np.savez(folder / "in.npz", **{"0": data})
    done = subprocess.run(
        [
            runtime / "bin" / "python",
            CHILD,
            path,
            folder / "in.npz",
            folder / "out.npz",
        ],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        return None
    with np.load(folder / "out.npz") as found:
        return found[max(found.files)]


@pytest.mark.skipif(not RUNTIMES, reason="TFPRUNE_RUNTIMES_DIR is not set")
@pytest.mark.parametrize("name, mode", CASES)
def test_prediction_comes_true(tmp_path, name, mode):
    path = tmp_path / "m.tflite"
    path.write_bytes(content_of(name, mode))
    source = read_tflite(path).main.inputs[0]
    numbers = np.random.default_rng(1).uniform(0, 2, (4, *source.shape[1:]))
    data = numbers.astype(NUMPY_TYPES[source.dtype])
    try:
        expected = evaluate_tflite(path, data)
    except (TfpruneError, RuntimeError):
        pytest.skip("LiteRT cannot run the file either.")
    if isinstance(expected, list):
        expected = expected[-1]
    for runtime in RUNTIMES:
        received = last_output(runtime, path, data, tmp_path)
        is_right = received is not None and bool(
            np.sqrt(np.mean((received - expected) ** 2)) < 0.1 * expected.std()
        )
        assert check(path, runtime.name).runs == is_right, runtime.name
