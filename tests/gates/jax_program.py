"""Trains gates under JAX with TensorFlow absent; prints what came out."""

import json
import os
import pathlib
import sys
import tempfile

os.environ["KERAS_BACKEND"] = "jax"
sys.modules["tensorflow"] = None  # type: ignore[assignment]

import jax  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402

import tfprune  # noqa: E402
from tests.gates.gated import (  # noqa: E402
    gated,
    penalty_steps,
    place,
    shared_difference,
)
from tfprune.gates import GATES, Bernoulli, Gate, GatedModel  # noqa: E402
from tfprune.gates.estimators import (  # noqa: E402
    ESTIMATORS,
    Estimator,
    drawn,
)
from tfprune.gates.noise import uniform  # noqa: E402


def trained(gate: Gate, jit_compile: bool) -> list[bool]:
    """Which of eight inputs, four of them useless, a gate closes."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8,))
    outputs = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")(
        gate(inputs)
    )
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(0.01), "mse", jit_compile=jit_compile)
    x = np.random.default_rng(0).normal(size=(512, 8))
    epochs = 8 if jit_compile else 1
    model.fit(x, x[:, :4].sum(1), batch_size=16, epochs=epochs, verbose=0)
    return gate.closed().tolist()


def measured(kind: type[Gate]) -> dict[str, object]:
    """Everything about one kind of gate."""
    places = np.array([-1.0, 0.5, 2.0])
    fast = penalty_steps(
        kind(0.3, learning_rate_multiplier=10, seed=0),
        keras.optimizers.SGD(0.1),
        places,
    )
    slow = penalty_steps(kind(0.3, seed=0), keras.optimizers.SGD(1.0), places)
    gate = kind(seed=0)
    model = gated(gate, 3)
    place(gate, places)
    ones = np.ones((40, 3), "float32")
    settled = np.asarray(model(ones))
    first, second = (np.asarray(model(ones, training=True)) for _ in range(2))
    setting = {"learning_rate_multiplier": 20.0, "seed": 1}
    return {
        "multiplied": float(np.abs(fast - slow).max()),
        "moved": float(np.abs(slow).min()),
        "settled": float(np.abs(settled - gate.values()).max()),
        "one_draw": bool((first == first[:1]).all()),
        "drawn_anew": bool((first != second).any()),
        "shared": shared_difference(kind(seed=0), True),
        "closed": trained(kind(0.02, **setting), True),
        "eager": trained(kind(0.02, **setting), False),
    }


def stripped(name: str) -> float:
    """How far a network that gets gates, and loses them, is from itself."""
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dense(3),
        ]
    )
    gated = tfprune.insert_gates(model, strength=1e-3, gate=name)
    (gate,) = [x for x in gated.layers if isinstance(x, Gate)]
    place(gate, [-4, -4, -1, 0, 1, 1, 2, 4])
    small = tfprune.strip(gated)
    if small.layers[1].units != 8 - gate.closed().sum():
        return float("inf")
    return tfprune.compare(gated, small).difference.relative


def slope_error(estimator: Estimator) -> float:
    """How far an estimate is from the slope, in standard errors.

    One gate at a location of 1, and f(b) = (b - 0.45)^2.
    """
    draws = 200_000
    noise = np.asarray(
        uniform((draws, 1), keras.random.SeedGenerator(0)), "float32"
    )
    estimator.build((1,))

    def loss(gates: jax.Array) -> jax.Array:
        return keras.ops.sum((gates - 0.45) ** 2, axis=-1)

    def objective(places: jax.Array) -> jax.Array:
        value = loss(drawn(places, noise))
        return estimator.objective(loss, places, noise, value)

    places = np.ones((draws, 1), "float32")
    each = draws * np.asarray(jax.grad(objective)(places))
    share = 1 / (1 + np.exp(-1.0))
    error = each.std() / np.sqrt(draws)
    return float(abs(each.mean() - 0.1 * share * (1 - share)) / error)


def estimated(name: str, path: pathlib.Path) -> dict[str, object]:
    """What an estimator does to four useful inputs and four useless ones."""
    keras.utils.set_random_seed(0)
    gate = Bernoulli(
        0.05, drop_rate=0.2, learning_rate_multiplier=20, name="gate"
    )
    inputs = keras.Input((8,))
    outputs = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")(
        gate(inputs)
    )
    model = GatedModel(inputs, outputs, estimator=name, seed=0)
    model.compile(keras.optimizers.Adam(0.01), "mse", jit_compile=True)
    x = np.random.default_rng(0).normal(size=(1024, 8))
    model.fit(x, x[:, :4].sum(1), batch_size=16, epochs=30, verbose=0)
    places = np.asarray(gate.location_of(gate.location))
    model.save(path / f"{name}.keras")
    loaded = keras.saving.load_model(path / f"{name}.keras")
    apart = np.abs(loaded.predict(x, verbose=0) - model.predict(x, verbose=0))
    small = tfprune.strip(model)
    return {
        "open": places[:4].min().item(),
        "useless": np.sort(places[4:]).tolist(),
        "loaded": float(apart.max()),
        "loaded_as": type(loaded.estimator) is type(model.estimator),
        "plain": not isinstance(small, GatedModel),
        "stripped": tfprune.compare(model, small).difference.relative,
    }


def main() -> None:
    """Prints every measurement."""
    results = {
        name: {**measured(type(GATES.get(name))), "stripped": stripped(name)}
        for name in GATES.names()
    }
    slopes = {
        name: slope_error(ESTIMATORS.get(name)) for name in ESTIMATORS.names()
    }
    with tempfile.TemporaryDirectory() as folder:
        models = {
            name: estimated(name, pathlib.Path(folder))
            for name in ESTIMATORS.names()
        }
    sys.stdout.write(
        json.dumps({"gates": results, "slopes": slopes, "models": models})
    )


if __name__ == "__main__":
    main()
