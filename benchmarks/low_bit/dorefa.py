"""DoReFa: kernels, activations and gradients of some bits each."""

from collections.abc import Mapping
from typing import Any

import keras
from experiments import Experiment, Outcome
from keras import layers

from low_bit.comparison import compared
from low_bit.files import low_bit_files
from low_bit.registry import EXPERIMENTS
from low_bit.training import fit_probabilities
from tfprune.layers import QuantConv2D, QuantDense, presets
from tfprune.models.data import Dataset

SETTINGS = {
    "widths": [16, 32, 64],
    "units": 128,
    "learning_rate": 2e-3,
    "last_learning_rate": 2e-5,
    "batch_size": 128,
    "epochs": 8,
}
BITS = {
    "float": (32, 32, 32),
    "8_8_8": (8, 8, 8),
    "1_2_32": (1, 2, 32),
    "1_2_4": (1, 2, 4),
    "1_2_4_without_noise": (1, 2, 4),
}


def quantizers(name: str) -> dict[str, Any]:
    """The settings of one layer."""
    found = presets.dorefa(*BITS[name])
    if name.endswith("without_noise"):
        found["gradient_quantizer"].noise = False
    return found


def network(
    dataset: Dataset, settings: Mapping[str, Any], name: str
) -> keras.Model:
    """Three convolutions and a dense layer; the first and the last are real.

    Activations are clipped to `[0, 1]` where they are not quantized, too.
    """
    first, *widths = settings["widths"]
    inputs = x = keras.Input(dataset.input_shape)
    x = layers.Conv2D(first, 3, padding="same", use_bias=False)(x)
    for width in widths:
        x = layers.MaxPooling2D()(clipped(layers.BatchNormalization()(x)))
        x = QuantConv2D(
            width, 3, padding="same", use_bias=False, **quantizers(name)
        )(x)
    x = layers.MaxPooling2D()(clipped(layers.BatchNormalization()(x)))
    x = QuantDense(settings["units"], use_bias=False, **quantizers(name))(
        layers.Flatten()(x)
    )
    x = clipped(layers.BatchNormalization()(x))
    outputs = layers.Dense(dataset.num_classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="dorefa")


def clipped(x: keras.KerasTensor) -> keras.KerasTensor:
    """The paper's activation, which bounds what is quantized."""
    return layers.ReLU(max_value=1.0)(x)


def run(seed: int, dataset: Dataset, settings: Mapping[str, Any]) -> Outcome:
    """Trains the network with all of the bits."""

    def build(name: str) -> keras.Model:
        return network(dataset, settings, name)

    def train(model: keras.Model) -> None:
        fit_probabilities(model, dataset, settings)

    contrasts = {"points_lost_without_noise": ("1_2_4_without_noise", "1_2_4")}
    return compared(seed, dataset, BITS, build, train, contrasts)


@EXPERIMENTS.register("dorefa")
def dorefa() -> Experiment:
    """Zhou et al. 2016, table 2, on a small network."""
    return Experiment(
        claim="DoReFa, Fashion-MNIST (paper: AlexNet, -1.7 and -6.3 points)",
        dataset="fashion_mnist",
        settings=SETTINGS,
        run=run,
        measure_files=low_bit_files,
        at_most={"8_8_8_points_lost": 0.5, "1_2_32_points_lost": 2.0},
        at_least={"points_lost_without_noise": 0.1},
        paper={"8_8_8_points_lost": 1.7, "1_2_32_points_lost": 6.3},
    )
