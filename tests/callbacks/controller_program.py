"""Trains to a budget under JAX with TensorFlow absent; prints JSON."""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
sys.modules["tensorflow"] = None  # type: ignore[assignment]

import keras  # noqa: E402
import numpy as np  # noqa: E402

import tfprune  # noqa: E402
from tests.callbacks.controlled_training import (  # noqa: E402
    accuracy,
    fit,
    momentum,
    penalized,
    shares,
)
from tests.callbacks.counting import Counting  # noqa: E402
from tests.callbacks.interrupted_training import distances  # noqa: E402
from tfprune.callbacks import BudgetController, UpdateCosts  # noqa: E402
from tfprune.optimizers import Proximal  # noqa: E402
from tfprune.pruners.channel_costs import channel_costs  # noqa: E402


def factor_error(model: keras.Model) -> float:
    """How far factors are from what channels cost in the stripped model."""
    callback = UpdateCosts("memory")
    callback.set_model(model)
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    small = tfprune.strip(model)
    now, before = (
        [x for _, x in channel_costs(tfprune.trace(y), "memory")]
        for y in (small, model)
    )
    factors = [float(x) for x in model.optimizer.factors.variables]
    return float(np.abs(factors - np.divide(now, before)).max())


def main() -> None:
    """Prints every measurement."""
    model, loss = penalized(), Counting()
    model.compile(Proximal(momentum()), loss, jit_compile=True)
    controller = BudgetController(macs=0.3, verbose=0)
    history = fit(model, UpdateCosts(), controller).history
    with tempfile.TemporaryDirectory() as folder:
        interrupted = distances(Path(folder), backup_first=True)
    results = {
        "share": shares(model)["macs"],
        "accuracy": accuracy(model),
        "scales": history["penalty_scale"],
        "traces": loss.traces,
        "factors": factor_error(model),
        "interrupted": interrupted,
    }
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main()
