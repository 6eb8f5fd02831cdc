"""From a `.tflite` file with zeros to a smaller one that computes the same."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from tfprune.atomic_file import atomic_path
from tfprune.errors import InvalidInputError, VerificationError
from tfprune.export.conversion.open_source import open_source
from tfprune.export.flatbuffer.content import read_content
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.passes.operator_versions import set_operator_versions
from tfprune.export.sparsity.report import SparseReport
from tfprune.export.sparsity.storage import store_sparse
from tfprune.export.verification.samples import random_samples, read_samples
from tfprune.export.verification.verify import run_exported

SAMPLES = 16
# Sums in another order differ by the rounding of float32.
ROUNDING = 1e-4


def sparsify_tflite(
    source: str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    verify_data: Any = None,
) -> SparseReport:
    """Stores the weights of a `.tflite` file without their zeros.

    Prune a model to zeros first, in blocks of 4 inputs for speed in dense
    layers. The new file is run beside the old one before it appears.

    Args:
        source: The file; float32, or int8 throughout.
        path: Where the new file shall be.
        verify_data: Inputs to compare on, as in `export_tflite`; by default
            random numbers.

    Returns:
        A `SparseReport`: bytes, forms, and what to expect of the speed.

    Raises:
        InvalidInputError: When the file is no model, or no weight gets
            smaller.
        VerificationError: When the two files disagree.

    Example:

    ```python
    print(sparsify_tflite("pruned.tflite", "sparse.tflite"))
    ```
    """
    name = os.fspath(source)
    dense = read_content(source)
    model = parse_tflite(dense, source=str(name))
    weights = store_sparse(model)
    if all(weight.form == "dense" for weight in weights):
        notes = dict.fromkeys(weight.note for weight in weights)
        raise InvalidInputError(
            f"No weight of '{name}' gets smaller without its zeros"
            f"{': ' if notes else ''}{', '.join(notes)}. Prune a float32 or "
            "int8 model first."
        )
    set_operator_versions(model)
    content = serialize(model)
    with atomic_path(path) as temporary, open_source(source) as opened:
        if verify_data is None:
            samples = random_samples(opened.inputs, count=SAMPLES)
        else:
            samples = read_samples(
                verify_data, opened.inputs, origin="verify_data", limit=SAMPLES
            )
        pairs = zip(
            run_exported(dense, samples),
            run_exported(content, samples),
            strict=True,
        )
        error = max(difference(old, new) for old, new in pairs)
        temporary.write_bytes(content)
    return SparseReport(
        path=os.fspath(path),
        bytes_before=len(dense),
        bytes_after=Path(path).stat().st_size,
        max_abs_error=error,
        weights=tuple(weights),
    )


def difference(wanted: np.ndarray, received: np.ndarray) -> float:
    """Largest difference of an output.

    Raises:
        VerificationError: When it is more than rounding.
    """
    one, two = wanted.astype("f8"), received.astype("f8")
    apart = ~((one == two) | (np.isnan(one) & np.isnan(two)))
    largest = float(np.abs(one[apart] - two[apart]).max(initial=0.0))
    finite = one[np.isfinite(one)]
    allowed = ROUNDING * float(np.abs(finite).max(initial=1.0))
    if not largest <= allowed:
        raise VerificationError(
            f"The sparse file differs from the dense one by {largest:.3g}. "
            f"Expected at most {allowed:.3g}. Nothing was written; this "
            "runtime computes sparse weights wrong."
        )
    return largest
