"""Trains penalized layers where Keras computes in float64, on TensorFlow.

Prints one line of JSON: for each penalty and optimizer the dtype of its
loss, and how far the kernel is from where one step takes it.
"""

import json
import sys

import keras
import numpy as np

from tfprune.optimizers import Proximal
from tfprune.regularizers import L1, GroupLasso, Sum, TruncatedGroupLasso

PENALTIES = (
    L1(0.5),
    GroupLasso(0.5),
    TruncatedGroupLasso(0.5, threshold=100.0),
    Sum([L1(0.1), GroupLasso(0.2)]),
)


def main() -> None:
    keras.config.set_floatx("float64")
    results = {}
    for penalty in PENALTIES:
        for kind in ("subgradient", "proximal"):
            layer = keras.layers.Dense(3, kernel_regularizer=penalty)
            model = keras.Sequential([keras.Input((4,)), layer])
            before = np.array(layer.kernel)
            optimizer = keras.optimizers.SGD(0.1)
            expected = before - 0.1 * np.array(penalty.subgradient(before))
            if kind == "proximal":
                optimizer = Proximal(optimizer)
                expected = np.array(penalty.proximal(before, 0.1))
            model.compile(optimizer, "mse")
            # Inputs of zero: nothing but the penalty moves the kernel.
            model.fit(np.zeros((2, 4)), np.zeros((2, 3)), verbose=0)
            after = np.array(layer.kernel)
            results[f"{type(penalty).__name__} {kind}"] = {
                "dtype": keras.backend.standardize_dtype(model.losses[0].dtype),
                "moved": float(np.abs(after - before).max()),
                "off": float(np.abs(after - expected).max()),
            }
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main()
