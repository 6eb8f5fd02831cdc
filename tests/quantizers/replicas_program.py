"""Trains ranges on two replicas; prints them beside those of the data."""

import json
from typing import Any

import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)

import keras  # noqa: E402
import numpy as np  # noqa: E402

from tfprune.layers import QuantDense  # noqa: E402
from tfprune.quantizers import (  # noqa: E402
    JoinedFakeQuant,
    LearnedFakeQuant,
    MovingFakeQuant,
)

X = np.random.default_rng(0).normal(size=(16, 6)).astype("float32")
X[0, 0], X[15, 0] = -7, 9


def held(quantizer: Any) -> list[list[float]]:
    """The range that each replica holds."""
    found = []
    for bound in ("low", "high"):
        names = (bound, f"{bound}_start")
        (variable,) = [x.value for x in quantizer.weights if x.name in names]
        copies = getattr(variable, "values", [variable])
        found.append([float(np.sum(x.numpy())) for x in copies])
    return found


def trained(make: Any, strategy: Any) -> dict[str, Any]:
    """What each replica holds after one step, and whether it goes on."""
    with strategy.scope():
        quantizer = make()
        model = keras.Sequential(
            [keras.Input((6,)), QuantDense(3, input_quantizer=quantizer)]
        )
        model.compile("sgd", "mse", jit_compile=False)
    y = np.ones((16, 3), "float32")
    model.fit(X, y, batch_size=16, shuffle=False, verbose=0)
    low, high = held(quantizer)
    model.fit(X, y, batch_size=16, epochs=2, verbose=0)
    loss = model.evaluate(X, y, verbose=0)
    return {"low": low, "high": high, "finite": bool(np.isfinite(loss))}


def main() -> None:
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    made = {
        "moving": MovingFakeQuant,
        "joined": lambda: JoinedFakeQuant(members=2),
        "learned": LearnedFakeQuant,
    }
    results = {name: trained(make, strategy) for name, make in made.items()}
    halves = np.split(X, 2)
    results["data"] = {
        "low": float(np.mean([x.min() for x in halves])),
        "high": float(np.mean([x.max() for x in halves])),
    }
    print(json.dumps(results))


if __name__ == "__main__":
    main()
