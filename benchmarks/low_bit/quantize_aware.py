"""Quantization-aware training, against integers after training."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import keras
from experiments import Experiment, Outcome, error_percent
from experiments.latency import timed
from experiments.outcome import Figures

import tfprune
from low_bit import networks
from low_bit.files import (
    classes_agreeing,
    scores_error_percent,
    unfused_scores,
    within_one_step,
)
from low_bit.registry import EXPERIMENTS
from tfprune.export import evaluate_tflite, export_tflite
from tfprune.models.data import Dataset

SETTINGS = {
    "epochs": 5,
    "aware_epochs": 1,
    "learning_rate": 2e-3,
    "aware_learning_rate": 2e-4,
    "batch_size": 128,
    "calibration_images": 500,
}
OWN_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    # Depthwise kernels of 4 bits have further to go.
    "mobilenet_v2": {"aware_learning_rate": 6e-4},
    # On held back train images rates from 2e-5 to 2e-4 do as well.
    "keyword_cnn": {"aware_learning_rate": 1e-4},
}
NETWORKS: Mapping[str, Callable[[Dataset], keras.Model]] = {
    "resnet_20": networks.resnet_20,
    "mobilenet_v2": networks.mobilenet_v2,
    "keyword_cnn": networks.keyword_cnn,
    "vision_transformer": networks.vision_transformer,
}
WEIGHT_BITS = {"int8": 8, "int4": 4}


def fit(
    model: keras.Model,
    dataset: Dataset,
    settings: Mapping[str, Any],
    epochs: int,
    rate: float,
) -> None:
    """Trains with Adam, at a rate that falls to zero along a cosine."""
    steps = -(-len(dataset.x_train) // settings["batch_size"]) * epochs
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
    model.compile(
        keras.optimizers.Adam(schedule),
        "sparse_categorical_crossentropy",
        jit_compile=False,
    )
    model.fit(
        dataset.x_train,
        dataset.y_train,
        batch_size=settings["batch_size"],
        epochs=epochs,
        verbose=2,
    )


def trained_on(
    model: keras.Model, dataset: Dataset, settings: Mapping[str, Any]
) -> keras.Model:
    """The model, trained for the last epochs."""
    epochs = settings["aware_epochs"]
    fit(model, dataset, settings, epochs, settings["aware_learning_rate"])
    return model


def aware_copies(
    model: keras.Model,
    dataset: Dataset,
    settings: Mapping[str, Any],
    **preserving: bool,
) -> dict[str, keras.Model]:
    """The model trained on as integers compute, for each number of bits."""
    images = dataset.x_train[: settings["calibration_images"]]
    return {
        name: trained_on(
            tfprune.quantize_aware(
                model,
                representative_data=images,
                weight_bits=bits,
                **preserving,
            ),
            dataset,
            settings,
        )
        for name, bits in WEIGHT_BITS.items()
    }


def run(
    seed: int,
    dataset: Dataset,
    settings: Mapping[str, Any],
    build: Callable[[Dataset], keras.Model],
) -> Outcome:
    """Trains in float, then on as integers compute and as long as it is."""
    keras.utils.set_random_seed(seed)
    model = build(dataset)
    fit(model, dataset, settings, settings["epochs"], settings["learning_rate"])
    found = aware_copies(model, dataset, settings)
    found["float"] = trained_on(model, dataset, settings)
    figures = {
        f"keras_{name}_error_percent": error_percent(network, dataset)
        for name, network in found.items()
    }
    return Outcome(figures, found)


def integer_files(folder: Path, dataset: Dataset) -> Figures:
    """Exports what was trained, and integers found after training.

    Returns:
        Test error of each file, what that is above the float network's, the
        test images on which a file and Keras give the same class, and outputs
        within one step, bytes and milliseconds.
    """
    images = dataset.x_train[: SETTINGS["calibration_images"]]
    found = {x.stem: keras.saving.load_model(x) for x in folder.glob("*.keras")}
    files = {
        name: folder / f"{name}.tflite"
        for name in ("float", "after_training", *WEIGHT_BITS)
    }
    figures: dict[str, float] = {}
    export_tflite(found["float"], files["float"])
    export_tflite(
        found["float"],
        files["after_training"],
        quantize="int8",
        representative_data=images,
    )
    for name in WEIGHT_BITS:
        export_tflite(found[name], files[name], quantize="int8")
    for name, file in files.items():
        given = evaluate_tflite(file, dataset.x_test)
        figures[f"{name}_error_percent"] = scores_error_percent(given, dataset)
        figures[f"{name}_bytes"] = file.stat().st_size
        if name not in found:
            continue
        wanted = unfused_scores(found[name], dataset)
        figures[f"{name}_agreeing"] = classes_agreeing(given, wanted)
        if name in WEIGHT_BITS:
            steps = within_one_step(given, wanted, file)
            figures[f"{name}_within_one_step"] = steps
    base = figures["float_error_percent"]
    for name in ("after_training", *WEIGHT_BITS):
        lost = figures[f"{name}_error_percent"] - base
        figures[f"{name}_points_lost"] = lost
    figures["int8_above_after_training"] = (
        figures["int8_error_percent"] - figures["after_training_error_percent"]
    )
    return {**figures, **timed(files)}


def quantize_aware(name: str) -> Experiment:
    """As good as float, and no worse than integers after training."""
    return Experiment(
        claim=f"Trained as integers compute: {name}, Fashion-MNIST",
        dataset="fashion_mnist",
        settings={**SETTINGS, **OWN_SETTINGS.get(name, {})},
        run=partial(run, build=NETWORKS[name]),
        measure_files=integer_files,
        at_most={
            "int8_points_lost": 0.2,
            "int4_points_lost": 1.0,
            "int8_above_after_training": 0.0,
        },
    )


for network in NETWORKS:
    EXPERIMENTS.register(f"quantize_aware_{network}")(
        partial(quantize_aware, network)
    )
