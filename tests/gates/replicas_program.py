"""Trains gates on one device and on two replicas; prints distances."""

import contextlib
import json
from typing import Any

import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402

from tests.gates.gated import locations  # noqa: E402
from tfprune.gates import Bernoulli, GatedModel  # noqa: E402
from tfprune.gates.estimators import (  # noqa: E402
    Arm,
    Concrete,
    Estimator,
    Rebar,
    Reinforce,
)

X = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
Y = np.random.default_rng(1).normal(size=(32, 2)).astype("float32")


def moved(estimator: Estimator, scope: Any) -> np.ndarray:
    """How far the locations of gates with a penalty get in four steps."""
    keras.utils.set_random_seed(0)
    with scope:
        inputs = keras.Input((3,))
        gate = Bernoulli(1.0, seed=0)
        first, last = (keras.initializers.GlorotUniform(x) for x in (0, 1))
        x = layers.Dense(6, "tanh", kernel_initializer=first)(inputs)
        outputs = layers.Dense(2, kernel_initializer=last)(gate(x))
        model = GatedModel(inputs, outputs, estimator=estimator, seed=3)
        model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    before = locations(gate)
    model.fit(X, Y, batch_size=32, epochs=4, shuffle=False, verbose=0)
    return locations(gate) - before


def main() -> None:
    made = {
        "arm": Arm,
        "concrete": Concrete,
        "rebar": lambda: Rebar(trainable=False),
        "reinforce": Reinforce,
        "reinforce, no baseline": lambda: Reinforce(momentum=None),
    }
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    results = {}
    for name, make in made.items():
        one = moved(make(), contextlib.nullcontext())
        two = moved(make(), strategy.scope())
        results[name] = {
            "moved": float(np.abs(one).max()),
            "apart": float(np.abs(one - two).max()),
        }
    print(json.dumps(results))


if __name__ == "__main__":
    main()
