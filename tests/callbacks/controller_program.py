"""Trains to a budget under JAX with TensorFlow absent; prints JSON."""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
sys.modules["tensorflow"] = None  # type: ignore[assignment]

import keras  # noqa: E402

from tests.callbacks.controlled_training import (  # noqa: E402
    accuracy,
    fit,
    momentum,
    penalized,
    shares,
)
from tfprune.callbacks import BudgetController  # noqa: E402
from tfprune.optimizers import Proximal  # noqa: E402


class Counting(keras.losses.SparseCategoricalCrossentropy):
    """Counts how often the train step is traced."""

    traces = 0

    def call(self, y_true: object, y_pred: object) -> object:
        self.traces += 1
        return super().call(y_true, y_pred)


def main() -> None:
    """Prints every measurement."""
    model, loss = penalized(), Counting()
    model.compile(Proximal(momentum()), loss, jit_compile=True)
    history = fit(model, BudgetController(macs=0.3, verbose=0)).history
    results = {
        "share": shares(model)["macs"],
        "accuracy": accuracy(model),
        "scales": history["penalty_scale"],
        "traces": loss.traces,
    }
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main()
