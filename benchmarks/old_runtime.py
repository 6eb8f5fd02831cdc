"""Running a `.tflite` file in an environment of `old_runtimes.sh`."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CHILD = Path(__file__).with_name("old_runtime_child.py")


def run_in(
    environment: Path, path: Path, inputs: Sequence[NDArray]
) -> tuple[list[NDArray], str]:
    """Runs every sample of some inputs in a process of the environment.

    Args:
        environment: A folder such as `tflite-2.7`.
        path: The file.
        inputs: What the file stores, `(samples, ...)`, input by input.

    Returns:
        What the file gives, `(samples, ...)`, output by output, and an empty
        text; or no outputs and `"refused"` or `"crashed"`.
    """
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder, "inputs.npz"), Path(folder, "outputs.npz")
        np.savez(given, **{str(i): array for i, array in enumerate(inputs)})
        done = subprocess.run(
            [environment / "bin" / "python", CHILD, path, given, found],
            capture_output=True,
            text=True,
            check=False,
            # Paths of this process are not those of the other interpreter.
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        )
        if done.returncode < 0 or done.returncode > 128:
            return [], "crashed"
        if done.returncode:
            return [], "refused"
        with np.load(found) as outputs:
            return [outputs[str(i)] for i in range(len(outputs.files))], ""
