"""A VGG-style network trained to five budgets by a controller."""

from collections.abc import Mapping
from typing import Any

import keras

import tfprune
from tfprune import models
from tfprune.callbacks import BudgetController
from tfprune.models.data import Dataset
from tfprune.optimizers import Proximal
from trained_sparsity.experiment import EXPERIMENTS, Experiment, Figures
from trained_sparsity.l0 import error_percent
from trained_sparsity.scales import decaying_sgd, fit

BUDGETS = [0.7, 0.5, 0.3, 0.2, 0.1]
SETTINGS = {
    "widths": [16, 32, 64],
    "budgets": BUDGETS,
    "cost": None,
    "epochs": 8,
    "learning_rate": 0.05,
    "momentum": 0.9,
    "batch_size": 128,
}


def network(dataset: Dataset, settings: Mapping[str, Any]) -> keras.Model:
    """The network without penalties."""
    return models.get("vgg")(
        input_shape=dataset.input_shape,
        num_classes=dataset.num_classes,
        widths=settings["widths"],
    )


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Figures:
    """Trains it plainly, and once to each budget."""
    epochs = settings["epochs"]
    keras.utils.set_random_seed(seed)
    plain = network(dataset, settings)
    fit(
        plain,
        dataset,
        decaying_sgd(dataset, epochs, settings),
        epochs,
        settings,
    )
    figures = {"error_percent": error_percent(plain, dataset)}
    whole = tfprune.profile(plain).macs
    for budget in settings["budgets"]:
        keras.utils.set_random_seed(seed)
        model = tfprune.penalize_scales(
            network(dataset, settings), strength=1.0, cost=settings["cost"]
        )
        proximal = Proximal(decaying_sgd(dataset, epochs, settings))
        controller = BudgetController(macs=budget)
        fit(model, dataset, proximal, epochs, settings, controller)
        small = tfprune.strip(model, data=dataset.x_test[:500])
        share = tfprune.profile(small).macs / whole
        figures[f"share_of_budget_{budget}"] = share / budget
        figures[f"error_percent_{budget}"] = error_percent(small, dataset)
        narrowest = min(
            x.filters for x in small.layers if hasattr(x, "filters")
        )
        figures[f"narrowest_{budget}"] = narrowest
    return figures


@EXPERIMENTS.register("controller")
def controller() -> Experiment:
    """Every budget is met within 5%, and no layer collapses."""
    return Experiment(
        claim="Penalties steered to a part of the MACs, VGG, Fashion-MNIST",
        dataset="fashion_mnist",
        settings=SETTINGS,
        run=run,
        at_most={f"share_of_budget_{x}": 1.0 for x in BUDGETS},
        at_least={
            **{f"share_of_budget_{x}": 0.95 for x in BUDGETS},
            **{f"narrowest_{x}": 4 for x in BUDGETS},
        },
    )
