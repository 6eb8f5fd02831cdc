"""Estimators of the slope of gates, on the toy problem; draws of hard concrete.

One gate `b` that is 1 with probability `theta`, and `f(b) = (b - t)^2`. Of each
estimator, at `theta = 0.5`: the bias and its standard error over a million
draws, and the variance over REINFORCE's, as made and after what it learns was
trained by 3,000 draws; and where Adam (0.01) brings the loss by one draw a
step. Then the least variance that any two settings of REBAR have, integrated.
Last, hard concrete gates against their closed forms.

    python benchmarks/gate_estimators.py
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from absl import app, flags
from keras import ops
from result_file import write_result

from tfprune.gates import HardConcrete
from tfprune.gates.estimators import (
    Arm,
    Concrete,
    Estimator,
    Rebar,
    Reinforce,
    Relax,
    drawn,
)
from tfprune.gates.noise import uniform
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "output",
    "benchmarks/results/gate_estimators.json",
    "JSON file of the figures.",
)
flags.DEFINE_integer("draws", 1_000_000, "Draws for bias and variance.")
flags.DEFINE_integer("steps", 3000, "Steps of training, of one draw each.")
flags.DEFINE_integer("seeds", 3, "Runs of training.")

TARGETS = (0.45, 0.499)
STEPS_AT_ONCE = 100


def without_baseline(seed: int) -> Estimator:
    """REBAR that learns its two settings alone."""
    estimator = Rebar()
    estimator.build((1,))
    estimator.baseline.trainable = False
    return estimator


ESTIMATORS: dict[str, Callable[[int], Estimator]] = {
    "REINFORCE": lambda seed: Reinforce(momentum=None),
    "REINFORCE, moving baseline": lambda seed: Reinforce(),
    "REBAR, eta = 1, T = 0.5": lambda seed: Rebar(trainable=False),
    "REBAR, eta and T learned": without_baseline,
    "REBAR, baseline learned, too": lambda seed: Rebar(),
    "RELAX": lambda seed: Relax(seed=seed),
    "ARM": lambda seed: Arm(),
    "concrete, T = 0.5": lambda seed: Concrete(),
}


class Toy(keras.Model):
    """The toy problem, its location at 0; each draw has one of its own."""

    def __init__(
        self,
        estimator: Estimator,
        target: float,
        *,
        draws: int = 1,
        seed: int = 0,
        moves: bool = True,
    ) -> None:
        super().__init__()
        if not estimator.built:
            estimator.build((1,))
        self.estimator, self.target = estimator, target
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.location = self.add_weight(
            shape=(draws, 1), initializer="zeros", trainable=moves
        )

    def call(self, inputs: Any) -> Any:
        return inputs

    def squared_error(self, gates: Any) -> Any:
        return ops.sum(ops.square(gates - self.target), axis=-1)

    def compute_loss(self, *batch: Any, **settings: Any) -> Any:
        noise = uniform(tuple(self.location.shape), self.seed_generator)
        location = 1.0 * self.location
        value = self.squared_error(drawn(location, noise))
        objective = self.estimator.objective(
            self.squared_error, location, noise, value
        )
        self.estimator.observe(value)
        return objective

    def steps(self, optimizer: keras.optimizers.Optimizer, number: int) -> None:
        at_once = min(number, STEPS_AT_ONCE)
        self.compile(optimizer, steps_per_execution=at_once, jit_compile=False)
        self.fit(np.zeros((number, 1)), batch_size=1, verbose=0)


def estimates(estimator: Estimator, target: float, draws: int) -> np.ndarray:
    """One estimate for each draw: how far a step of SGD goes from 0."""
    toy = Toy(estimator, target, draws=draws, seed=1)
    before = [ops.convert_to_numpy(x).copy() for x in estimator.variables]
    toy.steps(keras.optimizers.SGD(float(draws)), 1)
    for variable, value in zip(estimator.variables, before, strict=True):
        variable.assign(value)
    return -ops.convert_to_numpy(toy.location)[:, 0].astype("float64")


def statistics(found: np.ndarray, target: float) -> dict[str, float]:
    return {
        "bias": found.mean() - (1 - 2 * target) / 4,
        "standard_error": found.std() / np.sqrt(len(found)),
        "variance": found.var(),
    }


def measured(make: Callable[[int], Estimator], target: float) -> dict[str, Any]:
    """Everything about one estimator."""
    estimator = make(0)
    start = statistics(estimates(estimator, target, FLAGS.draws), target)
    toy = Toy(estimator, target, moves=False)
    if toy.trainable_variables:
        toy.steps(keras.optimizers.Adam(0.01), FLAGS.steps)
    elif toy.estimator.variables:
        # It has nothing that an optimizer moves.
        toy = Toy(estimator, target)
        toy.steps(keras.optimizers.SGD(0.0), FLAGS.steps)
    found = {
        "as_made": start,
        "learned": statistics(estimates(estimator, target, FLAGS.draws), target)
        if estimator.variables
        else start,
        "variables": {
            x.name: float(x) for x in estimator.variables if len(x.shape) == 0
        },
    }
    ends = []
    for seed in range(FLAGS.seeds):
        toy = Toy(make(seed), target, seed=seed)
        toy.steps(keras.optimizers.Adam(0.01), FLAGS.steps)
        ends.append(float(ops.sigmoid(toy.location)[0, 0]))
    losses = [target**2 + x * (1 - 2 * target) for x in ends]
    return {**found, "final_probability": ends, "final_loss": losses}


def rebar_ratio(target: float, temperatures: np.ndarray) -> list[list[float]]:
    """The least variance of coupled REBAR over REINFORCE's, integrated.

    Args:
        target: The `t` of the problem.
        temperatures: Those to try.

    Returns:
        For each the ratio, and the scale `eta` that has it.
    """
    noise = (np.arange(100_000) + 0.5) / 100_000
    gates = (noise > 0.5).astype(float)
    logistic = np.log(noise) - np.log(1 - noise)
    plain = (gates - target) ** 2 * (gates - 0.5)
    apart = 0.5 * (gates / noise + (1 - gates) / (1 - noise))
    found = []
    for temperature in temperatures:
        soft = 1 / (1 + np.exp(-logistic / temperature))
        slope = 2 * (soft - target) * soft * (1 - soft) / temperature
        control = slope * apart - (soft - target) ** 2 * (gates - 0.5)
        both = np.cov(plain, control, bias=True)
        scale = -both[0, 1] / both[1, 1]
        ratio = 1 + scale * both[0, 1] / both[0, 0]
        found.append([float(ratio), float(scale)])
    return found


def best_of_rebar(target: float) -> dict[str, float]:
    """The best of a grid of temperatures with the best scale for each."""
    usual = np.geomspace(0.05, 5, 200)
    ratios = rebar_ratio(target, usual)
    best = int(np.argmin([ratio for ratio, _ in ratios]))
    any_ = np.geomspace(5, 1e6, 300)
    enough = [
        (temperature, scale)
        for temperature, (ratio, scale) in zip(
            any_, rebar_ratio(target, any_), strict=True
        )
        if ratio <= 0.1
    ]
    return {
        "least_ratio_up_to_T_5": ratios[best][0],
        "its_T": float(usual[best]),
        "its_eta": ratios[best][1],
        "T_from_which_a_tenth": float(enough[0][0]),
        "eta_there": enough[0][1],
    }


def hard_concrete(location: float) -> dict[str, list[float]]:
    """Closed forms and shares of a million draws, side by side."""
    noise = uniform((FLAGS.draws,), keras.random.SeedGenerator(0))
    gates = ops.convert_to_numpy(
        HardConcrete().sample(ops.convert_to_tensor(location), noise)
    )
    levels = (np.arange(100_000) + 0.5) / 100_000
    stretched = np.array([0.0, 1.0, *levels]) / 1.2 + 0.1 / 1.2
    odds = np.log(stretched) - np.log(1 - stretched)
    above = 1 / (1 + np.exp(-(location - 2 / 3 * odds)))
    return {
        "P(z = 0)": [1 - above[0], float((gates == 0).mean())],
        "P(z = 1)": [above[1], float((gates == 1).mean())],
        "mean": [above[2:].mean(), float(gates.mean(dtype="float64"))],
    }


def main(_: list[str]) -> None:
    results: dict[str, Any] = {"toy": {}, "best_of_rebar": {}}
    for target in TARGETS:
        found = {x: measured(y, target) for x, y in ESTIMATORS.items()}
        results["toy"][f"t = {target}"] = found
        reference = found["REINFORCE"]["as_made"]["variance"]
        rows = []
        for name, entry in found.items():
            made, learned = entry["as_made"], entry["learned"]
            for one in (made, learned):
                one["variance_over_reinforce"] = one["variance"] / reference
            rows.append(
                (
                    name,
                    f"{learned['bias']:.1e}",
                    f"{learned['standard_error']:.1e}",
                    f"{made['variance_over_reinforce']:.2e}",
                    f"{learned['variance_over_reinforce']:.2e}",
                    f"{np.mean(entry['final_probability']):.4f}",
                    f"{np.mean(entry['final_loss']):.6f}",
                )
            )
        columns = [
            "estimator",
            "bias",
            "s.e.",
            "variance ratio",
            "learned",
            "theta",
            "loss",
        ]
        print(render_table(f"t = {target}", columns, rows))
        results["best_of_rebar"][f"t = {target}"] = best_of_rebar(target)
    rows = [
        (name, *(f"{value:.4g}" for value in entry.values()))
        for name, entry in results["best_of_rebar"].items()
    ]
    columns = ["REBAR", "least to T = 5", "T", "eta", "a tenth from T", "eta"]
    print(render_table("Least variance over REINFORCE's", columns, rows))
    results["hard_concrete"] = {
        str(location): hard_concrete(location)
        for location in (-3.0, -1.0, 0.0, 1.5, 3.0)
    }
    rows = [
        (location, *(f"{a:.4f} / {b:.4f}" for a, b in entry.values()))
        for location, entry in results["hard_concrete"].items()
    ]
    columns = ["log a", "P(z = 0)", "P(z = 1)", "mean"]
    print(render_table("Hard concrete: closed form / draws", columns, rows))
    write_result(FLAGS.output, results)


if __name__ == "__main__":
    app.run(main)
