"""The training side on PyTorch; prints what came out as JSON.

Run as a program: `python -m tests.torch_program`.
"""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "torch"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

import tfprune  # noqa: E402
from tests.callbacks import controlled_training as controlled  # noqa: E402
from tests.gates.gated import (  # noqa: E402
    penalty_steps,
    place,
    shared_difference,
)
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
from tests.optimizers.small_network import (  # noqa: E402
    trained_network,
    zero_filters,
    zero_scales,
)
from tests.pruners import tied_scales as tied  # noqa: E402
from tfprune.callbacks import BudgetController  # noqa: E402
from tfprune.gates import GATES, Gate  # noqa: E402
from tfprune.regularizers import PENALTIES  # noqa: E402


def distance(optimizer: keras.optimizers.Optimizer) -> float:
    """How far 30 updates end from those made by hand."""
    found = update(linear_model(optimizer), 30)
    return float(np.abs(found - by_hand([0.3] * 30)).max())


def slope_error() -> float:
    """How far differentiation is from the subgradient, zeros included."""
    weights = np.random.default_rng(2).normal(size=(3, 4)).astype("float32")
    weights[:, 1] = 0
    weights[0, 2] = 0
    errors = []
    for penalty in map(PENALTIES.get, PENALTIES.names()):
        variable = torch.tensor(weights, requires_grad=True)
        penalty(variable).backward()
        expected = penalty.subgradient(torch.tensor(weights))
        errors.append(float((variable.grad - expected).abs().max()))
    return max(errors)


def joint_distance(optimizer: keras.optimizers.Optimizer) -> float:
    """How far steps on norms over two variables end from those by hand."""
    proximal = hasattr(optimizer, "inner_optimizer")
    found = joint.update(joint.joint_model(optimizer, False), 30)
    return joint.distance(found, joint.by_hand(0.1, 30, proximal))


def penalties() -> dict[str, object]:
    """Penalties, with the proximal step and without it."""
    averaged = linear_model(ista(0.3, use_ema=True))
    fit(averaged, 30)
    network = trained_network("sgd", jit_compile=False)
    limited = limited_matrices(20)
    return {
        "steps": distance(ista(0.3)),
        "scaled": distance(keras.optimizers.LossScaleOptimizer(ista(0.3))),
        "slope": slope_error(),
        "joint": joint_distance(ista(0.1)),
        "joint_plain": joint_distance(keras.optimizers.SGD(0.1)),
        "averaged_zeros": int(np.sum(matrix(averaged) == 0)),
        "dropped": float(np.abs(limited[:, :, DROPPED]).max()),
        "kept": float(np.abs(limited[:, :, WEAK]).min()),
        "filters": zero_filters(network),
        "scales": zero_scales(network),
    }


def gates(kind: type[Gate]) -> dict[str, object]:
    """How a kind of gate trains, and how it leaves."""
    places = np.array([-1.0, 0.5, 2.0])
    slow = penalty_steps(kind(0.3, seed=0), keras.optimizers.SGD(1.0), places)
    fast = penalty_steps(
        kind(0.3, learning_rate_multiplier=10, seed=0),
        keras.optimizers.SGD(0.1),
        places,
    )
    layers = [keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3)]
    model = keras.Sequential([keras.Input((6,)), *layers])
    model = tfprune.insert_gates(
        model, strength=1e-3, gate=kind(per_example=True)
    )
    model.compile("adam", "mse")
    model.fit(np.ones((8, 6)), np.ones((8, 3)), batch_size=4, verbose=0)
    (gate,) = [x for x in model.layers if isinstance(x, Gate)]
    place(gate, [-4, -4, -1, 0, 1, 1, 2, 4])
    small = tfprune.strip(model)
    return {
        "multiplied": float(np.abs(fast - slow).max()),
        "moved": float(np.abs(slow).min()),
        "shared": shared_difference(kind(seed=0), False),
        "left": small.layers[1].units - int((~gate.closed()).sum()),
        "difference": tfprune.compare(model, small).difference.relative,
    }


def controller() -> dict[str, object]:
    """What a controller leaves of a network."""
    model = controlled.trained(BudgetController(macs=0.3, verbose=0))
    return {
        "share": controlled.shares(model)["macs"],
        "accuracy": controlled.accuracy(model),
    }


def tied_channels() -> dict[str, object]:
    """What joint penalties on scales leave."""
    model = tied.penalized()
    tied.fit(model)
    small = tfprune.strip(model)
    return {
        "zeros": (tied.scales(model) == 0).astype(int).tolist(),
        "filters": small.get_layer("stem").filters,
        "difference": tfprune.compare(model, small).difference.relative,
    }


def main() -> None:
    """Prints every measurement."""
    results = {
        "penalties": penalties(),
        "gates": {x: gates(type(GATES.get(x))) for x in GATES.names()},
        "controller": controller(),
        "tied": tied_channels(),
    }
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main()
