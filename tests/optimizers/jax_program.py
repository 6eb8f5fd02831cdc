"""Trains under JAX with TensorFlow absent; prints what came out as JSON."""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
sys.modules["tensorflow"] = None  # type: ignore[assignment]

import jax  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402

from tests.optimizers import joint_least_squares as joint  # noqa: E402
from tests.optimizers.least_squares import (  # noqa: E402
    by_hand,
    fit,
    ista,
    linear_model,
    matrix,
    update,
)
from tests.optimizers.limited_training import (  # noqa: E402
    DROPPED,
    WEAK,
    limited_matrices,
)
from tests.optimizers.scaled_training import (  # noqa: E402
    fit_scaled,
    scaled_by_hand,
)
from tests.optimizers.small_network import (  # noqa: E402
    trained_network,
    zero_filters,
    zero_scales,
)
from tfprune.regularizers import L1, PENALTIES  # noqa: E402


def distance(optimizer: keras.optimizers.Optimizer, jit: bool) -> float:
    """How far 30 updates end from those made by hand."""
    model = linear_model(optimizer, jit_compile=jit)
    found = update(model, 30)
    return float(np.abs(found - by_hand([0.3] * 30)).max())


def stateless_distance() -> float:
    """How far a stateless update ends from the proximal step alone.

    The gradient is the penalty's own, so nothing else is left.
    """
    optimizer, kernel = ista(0.3), keras.Variable(np.ones((2, 2), "float32"))
    kernel.regularizer = L1(0.5)
    optimizer.build([kernel])
    trained, _ = optimizer.stateless_apply(
        [variable.value for variable in optimizer.variables],
        [np.full((2, 2), 0.5, "float32")],
        [kernel.value],
    )
    return float(np.abs(np.asarray(trained[0]) - (1 - 0.3 * 0.5)).max())


def slope_error() -> float:
    """How far differentiation is from the subgradient, zeros included."""
    weights = np.random.default_rng(2).normal(size=(3, 4)).astype("float32")
    weights[:, 1] = 0
    weights[0, 2] = 0
    errors = [
        np.abs(jax.grad(penalty)(weights) - penalty.subgradient(weights))
        for penalty in map(PENALTIES.get, PENALTIES.names())
    ]
    return float(np.max(errors))


def joint_distance(optimizer: keras.optimizers.Optimizer, jit: bool) -> float:
    """How far steps on norms over two variables end from those by hand."""
    proximal = hasattr(optimizer, "inner_optimizer")
    found = joint.update(joint.joint_model(optimizer, jit), 30)
    return joint.distance(found, joint.by_hand(0.1, 30, proximal))


def main() -> None:
    """Prints every measurement."""
    scaled = keras.optimizers.LossScaleOptimizer(ista(0.3))
    averaged = linear_model(ista(0.3, use_ema=True))
    fit(averaged, 30)
    network = trained_network("momentum", jit_compile=True)
    rescaled, traces = fit_scaled(True)
    limited = limited_matrices(20)
    results = {
        "dropped": float(np.abs(limited[:, :, DROPPED]).max()),
        "kept": float(np.abs(limited[:, :, WEAK]).min()),
        "rescaled": float(np.abs(matrix(rescaled) - scaled_by_hand()).max()),
        "traces": traces,
        "jitted": distance(ista(0.3), True),
        "eager": distance(ista(0.3), False),
        "scaled": distance(scaled, True),
        "slope": slope_error(),
        "joint_jitted": joint_distance(ista(0.1), True),
        "joint_eager": joint_distance(ista(0.1), False),
        "joint_plain": joint_distance(keras.optimizers.SGD(0.1), True),
        "stateless": stateless_distance(),
        "averaged_zeros": int(np.sum(matrix(averaged) == 0)),
        "filters": zero_filters(network),
        "scales": zero_scales(network),
    }
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main()
