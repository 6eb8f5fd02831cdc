"""What a step of a recipe computes, and how its arguments are drawn."""

from dataclasses import dataclass
from typing import Any

STEPS = {}
DRAWERS = []


@dataclass(frozen=True)
class Drawer:
    """How a step comes into a recipe.

    Attributes:
        name: The step.
        draw: From a plan to the step's arguments, or None where the step does
            not fit.
        rank: Rank of the tensors that it works on, the batch not counted;
            None for any.
    """

    name: str
    draw: Any
    rank: int | None


@dataclass(frozen=True)
class Run:
    """One call of a composite layer.

    Attributes:
        layer: The layer.
        context: The other tensor that it was called with, if any.
        training: As it was passed.
    """

    layer: Any
    context: Any
    training: Any

    def part(self, index):
        return self.layer.parts[index]

    def weight(self, index):
        return self.layer.own[index]

    def steps(self, steps, x):
        for name, *arguments in steps:
            x = STEPS[name](self, x, *arguments)
        return x


def step(draw=None, rank=None):
    """Registers what a step computes under the name of the function.

    Args:
        draw: See `Drawer`; without it the step is only put in on purpose.
        rank: See `Drawer`.
    """

    def register(compute):
        STEPS[compute.__name__] = compute
        if draw is not None:
            DRAWERS.append(Drawer(compute.__name__, draw, rank))
        return compute

    return register


def nothing(plan):
    """For steps without arguments."""
    return []
