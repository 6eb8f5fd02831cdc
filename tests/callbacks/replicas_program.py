"""Trains to a budget on one device and on two replicas; prints distances."""

import contextlib
import json
import sys
from typing import Any

import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402

import tfprune  # noqa: E402
from tests.callbacks.controlled_training import fit  # noqa: E402
from tfprune.callbacks import (  # noqa: E402
    BudgetController,
    SparsityHistory,
    UpdateCosts,
)
from tfprune.optimizers import Proximal  # noqa: E402
from tfprune.regularizers import GroupLasso  # noqa: E402


def run(scope: Any) -> dict[str, Any]:
    """Trains a network without batch statistics, which replicas have each.

    Args:
        scope: What the model is made in.
    """
    keras.utils.set_random_seed(0)
    with scope:
        x = inputs = keras.Input((8, 8, 1))
        x = layers.Flatten()(x)
        for width in (32, 24):
            x = layers.Dense(
                width, activation="relu", kernel_regularizer=GroupLasso(1.0)
            )(x)
        outputs = layers.Dense(10, activation="softmax")(x)
        model = keras.Model(inputs, outputs)
        optimizer = Proximal(keras.optimizers.SGD(0.05, momentum=0.9))
    history = fit(
        model,
        UpdateCosts(),
        BudgetController(macs=0.4, reach=0.7, verbose=0),
        SparsityHistory(),
        optimizer=optimizer,
        epochs=3,
        shuffle=False,
    ).history
    after = tfprune.profile(tfprune.strip(model)).macs
    return {
        "weights": arrays(model.trainable_weights),
        "factors": list(map(float, arrays(optimizer.factors.variables))),
        "limits": arrays(optimizer.limits.variables),
        "scales": history["penalty_scale"],
        "left": history["open_macs"],
        "share": after / tfprune.profile(model).macs,
    }


def arrays(variables: Any) -> list[np.ndarray]:
    """What variables hold, those of replicas too."""
    return [keras.ops.convert_to_numpy(x) for x in variables]


def main() -> None:
    """Prints how far both runs end from each other."""
    one = run(contextlib.nullcontext())
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    two = run(strategy.scope())
    results = {
        name: float(
            max(
                np.abs(np.subtract(x, y, dtype="float64")).max()
                for x, y in zip(one[name], two[name], strict=True)
            )
        )
        for name in ("weights", "factors", "limits", "scales", "left")
    }
    results["share"] = two["share"]
    results["least_factor"] = min(two["factors"])
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main()
