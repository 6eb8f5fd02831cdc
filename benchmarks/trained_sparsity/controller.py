"""A VGG-style network trained to five budgets by a controller."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import keras
from experiments import Experiment, Outcome, error_percent

import tfprune
from tfprune import models
from tfprune.callbacks import BudgetController
from tfprune.models.data import Dataset
from tfprune.optimizers import Proximal
from trained_sparsity.registry import EXPERIMENTS
from trained_sparsity.scales import decaying_sgd, fit

SETTINGS = {
    "widths": [8, 16, 32],
    "min_channels": 2,
    "cost": "macs",
    "epochs": 6,
    "reach": 0.5,
    "learning_rate": 0.05,
    "momentum": 0.9,
    "batch_size": 128,
}
BY_HAND = {0.7: 0.0093, 0.5: 0.0128, 0.3: 0.0203, 0.2: 0.0254, 0.1: 0.0394}
"""Strengths that leave these MACs of seed 0, from a search of six trainings."""


def network(dataset: Dataset, settings: Mapping[str, Any]) -> keras.Model:
    """The network without penalties."""
    return models.get("vgg")(
        input_shape=dataset.input_shape,
        num_classes=dataset.num_classes,
        widths=settings["widths"],
    )


def train(
    dataset: Dataset,
    settings: Mapping[str, Any],
    seed: int,
    *,
    strength: float,
    callback: keras.callbacks.Callback,
) -> keras.Model:
    """Trains with penalties on scales, and strips."""
    keras.utils.set_random_seed(seed)
    model = tfprune.penalize_scales(
        network(dataset, settings), strength=strength, cost=settings["cost"]
    )
    epochs = settings["epochs"]
    # Zeros stay, so that what the second half trains on is what is stripped.
    proximal = Proximal(decaying_sgd(dataset, epochs, settings), fix_zeros=True)
    fit(model, dataset, proximal, epochs, settings, callback)
    return tfprune.strip(model, data=dataset.x_test[:500])


class PenaltiesEnd(keras.callbacks.Callback):
    """Switches penalties off after some of the epochs."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == self.epochs:
            self.model.optimizer.penalty_scale.assign(0.0)


def run(
    seed: int, dataset: Dataset, settings: Mapping[str, Any], budget: float
) -> Outcome:
    """Trains to a budget, and with a strength that was searched for."""
    dense = network(dataset, settings)
    whole = tfprune.profile(dense).macs
    controlled = train(
        dataset,
        settings,
        seed,
        strength=1.0,
        callback=BudgetController(
            macs=budget,
            min_channels=settings["min_channels"],
            reach=settings["reach"],
        ),
    )
    by_hand = train(
        dataset,
        settings,
        seed,
        strength=settings["strength_by_hand"],
        callback=PenaltiesEnd(round(settings["reach"] * settings["epochs"])),
    )
    errors = error_percent(controlled, dataset), error_percent(by_hand, dataset)
    figures = {
        "share_of_budget": tfprune.profile(controlled).macs / whole / budget,
        "narrowest": narrowest(controlled),
        "error_percent": errors[0],
        "by_hand_share_of_budget": tfprune.profile(by_hand).macs
        / whole
        / budget,
        "by_hand_narrowest": narrowest(by_hand),
        "by_hand_error_percent": errors[1],
        "points_lost_to_by_hand": errors[0] - errors[1],
    }
    return Outcome(
        figures, {"dense": dense, "small": controlled, "by_hand": by_hand}
    )


def narrowest(model: keras.Model) -> int:
    """The width of the narrowest convolution."""
    return min(x.filters for x in model.layers if hasattr(x, "filters"))


def train_densely(
    seed: int, dataset: Dataset, settings: Mapping[str, Any]
) -> Outcome:
    """Trains the network without penalties."""
    keras.utils.set_random_seed(seed)
    dense = network(dataset, settings)
    epochs = settings["epochs"]
    optimizer = decaying_sgd(dataset, epochs, settings)
    fit(dense, dataset, optimizer, epochs, settings)
    return Outcome(
        {"error_percent": error_percent(dense, dataset)}, {"dense": dense}
    )


def controller(budget: float, strength_by_hand: float) -> Experiment:
    """The budget is met within 5%, and no layer collapses."""
    return Experiment(
        claim=f"Steered to {budget:.0%} of the MACs, VGG, Fashion-MNIST",
        dataset="fashion_mnist",
        settings={**SETTINGS, "strength_by_hand": strength_by_hand},
        run=partial(run, budget=budget),
        at_most={"share_of_budget": 1.0, "points_lost_to_by_hand": 0.3},
        at_least={"share_of_budget": 0.95, "narrowest": 2},
    )


for budget, strength in BY_HAND.items():
    EXPERIMENTS.register(f"controller_{round(100 * budget)}")(
        partial(controller, budget, strength)
    )


@EXPERIMENTS.register("controller_dense")
def controller_dense() -> Experiment:
    """What the networks of the other budgets began as."""
    return Experiment(
        claim="All of the MACs, VGG, Fashion-MNIST",
        dataset="fashion_mnist",
        settings=SETTINGS,
        run=train_densely,
    )
