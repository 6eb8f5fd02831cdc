"""ISTA on the scales of batch normalization."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
from experiments import Experiment, Outcome, error_percent
from keras import layers

import tfprune
from tfprune.models.data import Dataset
from tfprune.optimizers import Proximal
from trained_sparsity.registry import EXPERIMENTS
from trained_sparsity.scales import decaying_sgd, fit

WIDTHS = (32, 64, 128)
SETTINGS = {
    "cost": "memory",
    "ramp": [0.005, 0.005, 0.01, 0.01, 0.02, 0.02],
    "sparse_epochs": 12,
    "fine_tune_epochs": 4,
    "sparse_learning_rate": 0.1,
    "learning_rate": 0.05,
    "momentum": 0.9,
    "batch_size": 128,
}
PRETRAINED = {
    **SETTINGS,
    "channels_removed": 0.5,
    "dense_epochs": 6,
    "alpha": 0.01,
    "alpha_learning_rate": 0.001,
    "alpha_strength": 0.3,
}


def network(dataset: Dataset) -> keras.Model:
    """Two convolutions and a dense layer, each with normalization."""
    inputs = x = keras.Input(dataset.input_shape)
    for index, width in enumerate(WIDTHS[:2]):
        x = layers.Conv2D(width, 3, use_bias=False, name=f"conv_{index}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"norm_{index}")(x)
        x = layers.MaxPooling2D()(layers.ReLU()(x))
    x = layers.Dense(WIDTHS[2], use_bias=False, name="hidden")(
        layers.Flatten()(x)
    )
    x = layers.BatchNormalization(momentum=0.9, name="norm_2")(x)
    x = layers.ReLU()(x)
    outputs = layers.Dense(
        dataset.num_classes, activation="softmax", name="predictions"
    )(x)
    return keras.Model(inputs, outputs, name="conv_norm")


def widths(model: keras.Model) -> list[int]:
    """How many channels are scaled by other numbers than zero."""
    scales = [model.get_layer(f"norm_{x}").gamma for x in range(len(WIDTHS))]
    return [int(keras.ops.count_nonzero(x)) for x in scales]


def channels_removed(model: keras.Model) -> float:
    """The part of all channels that is gone."""
    return 1 - sum(widths(model)) / sum(WIDTHS)


class Ramp(keras.callbacks.Callback):
    """Raises the penalty from stage to stage, each of as many epochs.

    Args:
        scales: Of the penalty, a stage each.
        epochs: Of all stages.
    """

    def __init__(self, scales: list[float], epochs: int) -> None:
        super().__init__()
        self.scales, self.epochs = scales, epochs

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        last = len(self.scales) - 1
        stage = min(epoch * len(self.scales) // self.epochs, last)
        self.model.optimizer.penalty_scale.assign(self.scales[stage])


class StopWhenSparse(keras.callbacks.Callback):
    """Ends training when enough channels are gone, and counts its batches.

    Args:
        share: Of the channels.
        every: Batches from one look to the next.
    """

    def __init__(self, share: float, every: int = 20) -> None:
        super().__init__()
        self.share, self.every, self.batches = share, every, 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches += 1
        if self.batches % self.every == 0:
            if channels_removed(self.model) >= self.share:
                self.model.stop_training = True


def penalized(model: keras.Model, settings: Mapping[str, Any]) -> keras.Model:
    """The model with a penalty of 1 on a scale of average cost."""
    return tfprune.penalize_scales(model, strength=1.0, cost=settings["cost"])


def fine_tuned(
    model: keras.Model, dataset: Dataset, settings: Mapping[str, Any]
) -> tuple[keras.Model, float]:
    """The stripped and trained model, and its test error before that."""
    small = tfprune.strip(model, data=dataset.x_test[:500])
    before = error_percent(small, dataset)
    epochs = settings["fine_tune_epochs"]
    fit(
        small,
        dataset,
        decaying_sgd(dataset, epochs, settings),
        epochs,
        settings,
    )
    return small, before


def trained(
    dataset: Dataset, epochs: int, settings: Mapping[str, Any]
) -> keras.Model:
    """A network without penalties."""
    model = network(dataset)
    optimizer = decaying_sgd(dataset, epochs, settings)
    fit(model, dataset, optimizer, epochs, settings)
    return model


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains with a growing penalty, strips and fine-tunes."""
    sparse = settings["sparse_epochs"]
    keras.utils.set_random_seed(seed)
    plain = trained(dataset, sparse + settings["fine_tune_epochs"], settings)
    keras.utils.set_random_seed(seed)
    model = penalized(network(dataset), settings)
    # Plain descent on the scales, as the paper has it.
    proximal = Proximal(keras.optimizers.SGD(settings["sparse_learning_rate"]))
    ramp = Ramp(settings["ramp"], sparse)
    fit(model, dataset, proximal, sparse, settings, ramp)
    small, before = fine_tuned(model, dataset, settings)
    errors = error_percent(small, dataset), error_percent(plain, dataset)
    figures = {
        "plain_error_percent": errors[1],
        "stripped_error_percent": before,
        "error_percent": errors[0],
        "points_lost": errors[0] - errors[1],
        "channels_removed": channels_removed(small),
        **{f"width_{x}": width for x, width in enumerate(widths(small))},
    }
    return Outcome(figures, {"dense": plain, "small": small})


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


def sparsified(
    model: keras.Model,
    dataset: Dataset,
    settings: Mapping[str, Any],
    learning_rate: float,
    scales: list[float],
) -> tuple[keras.Model, float]:
    """Trains until half of the channels are gone; with that, the epochs."""
    sparse = settings["sparse_epochs"]
    stop = StopWhenSparse(settings["channels_removed"])
    proximal = Proximal(keras.optimizers.SGD(learning_rate))
    fit(model, dataset, proximal, sparse, settings, Ramp(scales, sparse), stop)
    batches = -(-len(dataset.x_train) // settings["batch_size"])
    return model, stop.batches / batches


def sparsified_by_small_scales(
    plain: keras.Model, dataset: Dataset, settings: Mapping[str, Any]
) -> tuple[keras.Model, float]:
    """The same, while scales are small and what they scale is large."""
    alpha = settings["alpha"]
    model, epochs = sparsified(
        tfprune.scale_shift(penalized(plain, settings), alpha),
        dataset,
        settings,
        settings["alpha_learning_rate"],
        [settings["alpha_strength"]],
    )
    return tfprune.scale_shift(model, 1 / alpha), epochs


def run_pretrained(
    seed: int, dataset: Dataset, settings: Mapping[str, Any]
) -> Outcome:
    """Makes a trained network sparse, with small scales and without."""
    keras.utils.set_random_seed(seed)
    plain = trained(dataset, settings["dense_epochs"], settings)
    ways: dict[str, Callable[[], tuple[keras.Model, float]]] = {
        "unscaled": lambda: sparsified(
            penalized(plain, settings),
            dataset,
            settings,
            settings["sparse_learning_rate"],
            settings["ramp"],
        ),
        "small": lambda: sparsified_by_small_scales(plain, dataset, settings),
    }
    figures: dict[str, float] = {}
    networks = {}
    for name, way in ways.items():
        model, epochs = way()
        figures[f"{name}_channels_removed"] = channels_removed(model)
        figures[f"{name}_epochs"] = epochs
        small, before = fine_tuned(model, dataset, settings)
        error = error_percent(small, dataset)
        figures[f"{name}_stripped_error_percent"] = before
        figures[f"{name}_error_percent"] = error
        networks[name] = small
    figures["pretrained_error_percent"] = error_percent(plain, dataset)
    # What sparse networks are held against is fine-tuned as they are.
    networks["dense"], _ = fine_tuned(plain, dataset, settings)
    base = figures["dense_error_percent"] = error_percent(
        networks["dense"], dataset
    )
    for name in ways:
        lost = figures[f"{name}_error_percent"] - base
        figures[f"{name}_points_lost"] = lost
    figures["part_of_the_epochs"] = (
        figures["small_epochs"] / figures["unscaled_epochs"]
    )
    return Outcome(figures, networks)


@EXPERIMENTS.register("ista_pretrained")
def ista_pretrained() -> Experiment:
    """Ye et al. 2018, with the trick of small scales on a trained network."""
    return Experiment(
        claim="ISTA on a trained network, small scales against none",
        dataset="fashion_mnist",
        settings=PRETRAINED,
        run=run_pretrained,
        at_most={"small_points_lost": 1.0, "part_of_the_epochs": 1 / 3},
        at_least={
            "small_channels_removed": 0.5,
            "unscaled_channels_removed": 0.5,
        },
    )
