"""Trains on two replicas; prints how far it ends from training on one."""

import json
import sys

import keras
import numpy as np
import tensorflow as tf

from tests.optimizers.least_squares import (
    EVERYTHING,
    by_hand,
    ista,
    linear_model,
    problem,
)


def distance(wrap) -> float:
    """How far five updates on two replicas end from those made by hand."""
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        model = linear_model(wrap(ista(0.3)), jit_compile=False)
    inputs, outputs = (np.tile(part, (5, 1)) for part in problem())
    model.fit(inputs, outputs, batch_size=EVERYTHING, shuffle=False, verbose=0)
    found = np.array(model.layers[0].kernel)
    return float(np.abs(found - by_hand([0.3] * 5)[-1]).max())


def main() -> None:
    """Prints every measurement."""
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )
    results = {
        "plain": distance(lambda optimizer: optimizer),
        "scaled": distance(keras.optimizers.LossScaleOptimizer),
    }
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main()
