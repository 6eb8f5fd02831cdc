"""Steps on norms over two variables, on two replicas; prints their distance.

A program of its own: two strategies in one process mix up their collectives
when the weights have other shapes.
"""

import json
import sys

import keras
import numpy as np
import tensorflow as tf

from tests.optimizers import joint_least_squares as joint
from tests.optimizers.least_squares import EVERYTHING, ista, problem

UPDATES = 30


def distance() -> float:
    """How far updates on two replicas end from those made by hand."""
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        model: keras.Model = joint.joint_model(ista(0.1), jit_compile=False)
    inputs, outputs = (np.tile(part, (UPDATES, 1)) for part in problem())
    model.fit(inputs, outputs, batch_size=EVERYTHING, shuffle=False, verbose=0)
    expected = joint.by_hand(0.1, UPDATES, proximal=True)
    return joint.distance(joint.matrices(model), expected)


def main() -> None:
    """Prints the distance."""
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )
    sys.stdout.write(json.dumps({"joint": distance()}))


if __name__ == "__main__":
    main()
