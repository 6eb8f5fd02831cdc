"""Models of one gate, for tests; imports no backend by itself."""

from typing import Any

import keras
import numpy as np

from tfprune.gates import Gate, GateNoise


def gated(gate: Gate, *shape: int) -> keras.Model:
    """A model that is the gate and nothing else."""
    inputs = keras.Input(shape)
    return keras.Model(inputs, gate(inputs))


def array(tensor: Any) -> np.ndarray:
    """A tensor or variable as a NumPy array."""
    return np.array(keras.ops.convert_to_numpy(tensor))


def locations(gate: Gate) -> np.ndarray:
    """The locations of a gate's channels."""
    return array(gate.location_of(gate.location))


def place(gate: Gate, values: Any) -> None:
    """Gives the channels of a gate locations."""
    array = np.asarray(values, "float32")
    gate.location.assign(array / gate.learning_rate_multiplier)


def penalty_steps(
    gate: Gate,
    optimizer: keras.optimizers.Optimizer,
    places: Any,
    steps: int = 1,
) -> np.ndarray:
    """How far updates move the locations where only the penalty pulls."""
    model = gated(gate, len(places))
    place(gate, places)
    before = locations(gate)
    model.compile(optimizer, "mse")
    zeros = np.zeros((2 * steps, len(places)))
    model.fit(zeros, zeros, batch_size=2, verbose=0)
    return locations(gate) - before


def shared_difference(gate: Gate, jit_compile: bool) -> float:
    """How far two calls of a gate in a step of training are apart."""
    inputs = keras.Input((7,))
    noise = GateNoise(9, per_example=gate.per_example)(inputs)
    calls = gate(inputs, noise), gate(3 * inputs, noise)
    apart = keras.ops.abs(calls[0] - calls[1] / 3)
    model = keras.Model(inputs, keras.ops.sum(apart, axis=1))
    model.compile("sgd", "mae", jit_compile=jit_compile)
    ones = np.ones((8, 7), "float32")
    found = model.fit(ones, np.zeros(8), batch_size=4, epochs=2, verbose=0)
    return max(found.history["loss"])
