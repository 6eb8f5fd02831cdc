"""ISTA on the scales of batch normalization."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers

import tfprune
from tfprune.models.data import Dataset
from tfprune.optimizers import Proximal
from trained_sparsity.experiment import EXPERIMENTS, Experiment, Figures
from trained_sparsity.l0 import error_percent
from trained_sparsity.scales import decaying_sgd, fit

SETTINGS = {
    "strength": 1.0,
    "cost": None,
    "ramp": [0.005, 0.005, 0.01, 0.01, 0.02, 0.02],
    "sparse_epochs": 12,
    "fine_tune_epochs": 4,
    "sparse_learning_rate": 0.1,
    "learning_rate": 0.05,
    "momentum": 0.9,
    "batch_size": 128,
}


def network(dataset: Dataset) -> keras.Model:
    """Two convolutions and a dense layer, each with normalization."""
    inputs = x = keras.Input(dataset.input_shape)
    for index, width in enumerate((32, 64)):
        x = layers.Conv2D(width, 3, use_bias=False, name=f"conv_{index}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"norm_{index}")(x)
        x = layers.MaxPooling2D()(layers.ReLU()(x))
    x = layers.Dense(128, use_bias=False, name="hidden")(layers.Flatten()(x))
    x = layers.BatchNormalization(momentum=0.9, name="norm_2")(x)
    x = layers.ReLU()(x)
    outputs = layers.Dense(
        dataset.num_classes, activation="softmax", name="predictions"
    )(x)
    return keras.Model(inputs, outputs, name="conv_norm")


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Figures:
    """Trains with a growing penalty, strips and fine-tunes."""
    sparse, tuned = settings["sparse_epochs"], settings["fine_tune_epochs"]
    keras.utils.set_random_seed(seed)
    plain = network(dataset)
    optimizer = decaying_sgd(dataset, sparse + tuned, settings)
    fit(plain, dataset, optimizer, sparse + tuned, settings)

    keras.utils.set_random_seed(seed)
    model = tfprune.penalize_scales(
        network(dataset), strength=settings["strength"], cost=settings["cost"]
    )
    # Plain descent on the scales, as the paper has it.
    proximal = Proximal(keras.optimizers.SGD(settings["sparse_learning_rate"]))
    ramp = settings["ramp"]

    def rise(epoch: int, logs: Any = None) -> None:
        scale = ramp[min(epoch * len(ramp) // sparse, len(ramp) - 1)]
        proximal.penalty_scale.assign(scale)

    rising = keras.callbacks.LambdaCallback(on_epoch_begin=rise)
    fit(model, dataset, proximal, sparse, settings, rising)
    small = tfprune.strip(model, data=dataset.x_test[:500])
    before = error_percent(small, dataset)
    fit(small, dataset, decaying_sgd(dataset, tuned, settings), tuned, settings)
    widths = [small.get_layer(f"norm_{x}").gamma.shape[0] for x in range(3)]
    whole = tfprune.profile(plain)
    left = tfprune.profile(small)
    plain_error = error_percent(plain, dataset)
    small_error = error_percent(small, dataset)
    return {
        "plain_error_percent": plain_error,
        "stripped_error_percent": before,
        "error_percent": small_error,
        "points_lost": small_error - plain_error,
        "channels_removed": 1 - sum(widths) / (32 + 64 + 128),
        "macs": left.macs / whole.macs,
        "parameters": left.parameters / whole.parameters,
        **{f"width_{x}": width for x, width in enumerate(widths)},
    }


@EXPERIMENTS.register("ista")
def ista() -> Experiment:
    """Ye et al. 2018, on a small network from scratch (alpha of 1)."""
    return Experiment(
        claim="ISTA on scales, Fashion-MNIST: half of the channels for a point",
        dataset="fashion_mnist",
        settings=SETTINGS,
        run=run,
        at_most={"points_lost": 1.0},
        at_least={"channels_removed": 0.5},
    )
