"""Trains with groups fixed at zero under JAX; prints what came out as JSON."""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
sys.modules["tensorflow"] = None  # type: ignore[assignment]

from tests.callbacks.gradual_training import (  # noqa: E402
    compiled,
    fit,
    zero_rows,
)


def main() -> None:
    """Prints which rows are zero halfway and at the end."""
    model = compiled()
    halfway = zero_rows(fit(model, epochs=3))
    end = zero_rows(fit(model, epochs=3))
    result = {"halfway": halfway.tolist(), "end": end.tolist()}
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
