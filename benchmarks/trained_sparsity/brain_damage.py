"""Group-wise brain damage: the columns of LeNet-5's second convolution."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from experiments import Experiment, Outcome, error_percent
from lowered_products import Case, products

import tfprune
from tfprune import models
from tfprune.callbacks import GradualGroupSparsification
from tfprune.models.data import Dataset
from tfprune.regularizers import GroupLasso, Penalty, TruncatedGroupLasso
from trained_sparsity.registry import EXPERIMENTS
from trained_sparsity.ssl import (
    column_norms,
    fit,
    updates_of,
)

SETTINGS = {
    "sparsity": 0.9,
    "learning_rate": 0.01,
    "momentum": 0.9,
    "batch_size": 64,
    "dense_epochs": 4,
    "sparse_epochs": 6,
    "runs": 500,
}
NORMS = {
    "strength": 1e-3,
    "quantile": 0.9,
    "learning_rate": 0.01,
    "momentum": 0.9,
    "batch_size": 64,
    "epochs": 3,
}


def network(penalty: Penalty) -> keras.Model:
    """LeNet-5 as Caffe has it, with a penalty on the second convolution."""
    model = models.get("lenet_5")()
    model.get_layer("conv2").kernel.regularizer = penalty
    return model


def trained(
    seed: int,
    dataset: Dataset,
    settings: Mapping[str, Any],
    callbacks: list[keras.callbacks.Callback],
) -> keras.Model:
    """Trains densely, and then with callbacks, no penalty pulling."""
    keras.utils.set_random_seed(seed)
    model = network(GroupLasso(0.0, structure="shape"))
    fit(model, dataset, settings, settings["dense_epochs"])
    epochs = settings["sparse_epochs"]
    fit(model, dataset, settings, epochs, fix_zeros=True, callbacks=callbacks)
    return model


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains with ever fewer columns, and as long with all of them."""
    plain = trained(seed, dataset, settings, [])
    dense = error_percent(plain, dataset)
    # Columns go while the learning rate is full; what is left trains on.
    updates = settings["sparse_epochs"] * updates_of(dataset, settings)
    gradual = GradualGroupSparsification(
        settings["sparsity"], end=int(0.7 * updates)
    )
    model = trained(seed, dataset, settings, [gradual])
    columns = int(np.count_nonzero(column_norms(model, "conv2")))
    small = tfprune.strip(model, lower_shapes=0.25, data=dataset.x_test[:500])
    error = error_percent(small, dataset)
    case = Case("conv2", 12, 20, 5, 50, columns)
    whole, _, gathered = products(case, settings["runs"])
    figures = {
        "error_percent": error,
        "dense_error_percent": dense,
        "error_increase": error - dense,
        "conv2_columns": columns,
        "conv1": small.get_layer("conv1").filters,
        "speed_up_of_product_and_gather": whole / gathered,
    }
    return Outcome(figures, {"dense": plain, "small": small})


@EXPERIMENTS.register("brain_damage")
def brain_damage() -> Experiment:
    """Lebedev and Lempitsky 2016: gradual group-wise sparsification."""
    return Experiment(
        claim="A tenth of the columns of LeNet-5's second convolution, MNIST",
        dataset="mnist",
        settings=SETTINGS,
        run=run,
        at_most={"error_increase": 0.2, "conv2_columns": 50},
        at_least={"speed_up_of_product_and_gather": 3.0},
    )


def compare_norms(
    seed: int, dataset: Dataset, settings: Mapping[str, Any]
) -> Outcome:
    """What penalties do to the tenth of the columns that is longest."""
    strength = settings["strength"]
    penalties = {
        "none": GroupLasso(0.0, structure="shape"),
        "truncated": TruncatedGroupLasso(
            strength, structure="shape", quantile=settings["quantile"]
        ),
        "lasso": GroupLasso(strength, structure="shape"),
    }
    longest, rest = {}, {}
    figures: dict[str, float] = {}
    networks = {}
    for name, penalty in penalties.items():
        keras.utils.set_random_seed(seed)
        model = network(penalty)
        fit(model, dataset, settings, settings["epochs"])
        networks["dense" if name == "none" else name] = tfprune.strip(
            model, lower_shapes=0.25, data=dataset.x_test[:500]
        )
        norms = np.sort(column_norms(model, "conv2"))
        longest[name] = norms[-len(norms) // 10 :].mean()
        rest[name] = norms[: -len(norms) // 10].mean()
        figures[f"{name}_error_percent"] = error_percent(model, dataset)
        figures[f"{name}_columns"] = int(np.count_nonzero(norms))
    for name in ("truncated", "lasso"):
        change = abs(longest[name] / longest["none"] - 1)
        figures[f"{name}_change_percent"] = float(100 * change)
        shrunk = 1 - rest[name] / rest["none"]
        figures[f"{name}_rest_shrunk_percent"] = float(100 * shrunk)
    return Outcome(figures, networks)


@EXPERIMENTS.register("brain_damage_norms")
def brain_damage_norms() -> Experiment:
    """Lebedev and Lempitsky 2016: the truncated penalty spares what is long."""
    return Experiment(
        claim="The longest tenth of columns keeps its norm, MNIST",
        dataset="mnist",
        settings=NORMS,
        run=compare_norms,
        at_most={"truncated_change_percent": 5.0},
        at_least={
            "truncated_rest_shrunk_percent": 10.0,
            "lasso_change_percent": 5.0,
        },
    )
