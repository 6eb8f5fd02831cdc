"""Network slimming: subgradients, a threshold for all layers, fine-tuning."""

from collections.abc import Mapping
from typing import Any

import keras
from experiments import Experiment, Outcome, error_percent
from keras import layers

import tfprune
from tfprune.models.data import Dataset
from tfprune.regularizers import L1
from trained_sparsity.registry import EXPERIMENTS
from trained_sparsity.scales import fit

SETTINGS = {
    "strength": 1e-3,
    "removed": 0.8,
    "first_scale": 0.5,
    "sparse_epochs": 15,
    "fine_tune_epochs": 10,
    "learning_rate": 0.1,
    "momentum": 0.9,
    "weight_decay": 1e-4,
    "batch_size": 256,
}


def perceptron(settings: Mapping[str, Any]) -> keras.Model:
    """784-500-300-10 with batch normalization."""
    inputs = keras.Input((28, 28, 1))
    x = layers.Flatten()(inputs)
    for index, units in enumerate((500, 300), start=1):
        x = layers.Dense(units, use_bias=False, name=f"fc{index}")(x)
        x = layers.BatchNormalization(
            gamma_initializer=keras.initializers.Constant(
                settings["first_scale"]
            ),
            gamma_regularizer=L1(settings["strength"]),
            momentum=0.9,
            epsilon=1e-5,
        )(x)
        x = layers.ReLU()(x)
    outputs = layers.Dense(10, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="slimming")


def stepwise_sgd(
    dataset: Dataset, epochs: int, settings: Mapping[str, Any]
) -> keras.optimizers.SGD:
    """SGD whose rate falls to a tenth after each third of the epochs."""
    steps = -(-len(dataset.x_train) // settings["batch_size"]) * epochs
    rate = settings["learning_rate"]
    return keras.optimizers.SGD(
        keras.optimizers.schedules.PiecewiseConstantDecay(
            [steps // 3, 2 * steps // 3], [rate, rate / 10, rate / 100]
        ),
        momentum=settings["momentum"],
        nesterov=True,
        weight_decay=settings["weight_decay"],
    )


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains with the subgradient, prunes each layer alike, fine-tunes."""
    sparse, tuned = settings["sparse_epochs"], settings["fine_tune_epochs"]
    keras.utils.set_random_seed(seed)
    model = perceptron(settings)
    fit(
        model,
        dataset,
        stepwise_sgd(dataset, sparse, settings),
        sparse,
        settings,
    )
    small = tfprune.prune(
        model,
        criterion="batch_norm_scale",
        # One threshold for all removes a whole layer, as the paper found.
        scope="layer",
        sparsity=settings["removed"],
        data=dataset.x_test[:500],
    )
    pruned = error_percent(small, dataset)
    fit(small, dataset, stepwise_sgd(dataset, tuned, settings), tuned, settings)
    figures = {
        "sparse_error_percent": error_percent(model, dataset),
        "pruned_error_percent": pruned,
        "error_percent": error_percent(small, dataset),
        "fc1": small.get_layer("fc1").units,
        "fc2": small.get_layer("fc2").units,
    }
    return Outcome(figures, {"dense": model, "small": small})


@EXPERIMENTS.register("slimming")
def slimming() -> Experiment:
    """Liu et al. 2017, in half of the epochs."""
    return Experiment(
        claim="Network slimming, MNIST (paper: 784-100-60-10 at 1.49%)",
        dataset="mnist",
        settings=SETTINGS,
        run=run,
        at_most={"error_percent": 1.8, "fc1": 100, "fc2": 60},
        paper={"error_percent": 1.49, "fc1": 100, "fc2": 60},
    )
