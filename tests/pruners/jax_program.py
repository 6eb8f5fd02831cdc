"""Trains tied scales under JAX with TensorFlow absent; prints JSON."""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
sys.modules["tensorflow"] = None  # type: ignore[assignment]

import tfprune  # noqa: E402
from tests.pruners.tied_scales import fit, penalized, scales  # noqa: E402


def main() -> None:
    """Prints which scales are zero, and what strip leaves."""
    model = penalized()
    fit(model, jit_compile=True)
    small = tfprune.strip(model)
    results = {
        "zeros": (scales(model) == 0).astype(int).tolist(),
        "filters": small.get_layer("stem").filters,
        "difference": tfprune.compare(model, small).difference.relative,
    }
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main()
