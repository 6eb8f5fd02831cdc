"""Measures one network of `keras.applications`, for `zoo.py`.

`zoo.py` starts this script anew for every network. What was found is written
to `record.json` in `--work_dir` after every stage, with the smaller network,
the images and its outputs beside it.
"""

import json
import time
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import app, flags
from peak_memory import peak_growth
from random_weights import random_half, random_images, randomize, response
from rebuilding import clone, timed_turns

import tfprune
from tfprune.graph import PruningGraph
from tfprune.models.applications import application_builders
from tfprune.surgery import difference, mask_channels, remove_channels

FLAGS = flags.FLAGS
flags.DEFINE_string("model", None, "Name of the builder.", required=True)
flags.DEFINE_string("work_dir", None, "Folder to write to.", required=True)
flags.DEFINE_integer("rounds", 5, "Timed copies each way.")
flags.DEFINE_float("budget", 60, "Seconds after which three copies do.")

EXPECTED_REASONS = {"model input", "model output"}
SIZE = 224
"""Height and width where a network takes images of any size."""


def build(name: str) -> keras.Model:
    """A network at its default size, its outputs before the softmax.

    A softmax saturates on large numbers and would hide differences.
    """
    builder = application_builders()[name]
    settings: dict[str, Any] = {"weights": None}
    if "classifier_activation" in signature(builder).parameters:
        settings["classifier_activation"] = None
    model = builder(**settings)
    if None in model.input_shape[1:]:
        model = builder(**settings, input_shape=(SIZE, SIZE, 3))
    return model


def warm_up() -> None:
    """Copies and prunes a small network, so that all code is loaded."""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2),
        ]
    )
    remove_channels(model, random_half(tfprune.trace(model)))
    clone(model)


def frozen(graph: PruningGraph) -> dict[str, Any]:
    """How many channels are frozen, and what else than the ends froze them."""
    groups = graph.groups()
    others = [
        (group.width, {x.reason for x in group.frozen} - EXPECTED_REASONS)
        for group in groups
    ]
    return {
        "channels": sum(x.width for x in groups),
        "frozen_channels": sum(x.width for x in groups if not x.prunable),
        "frozen_within": sum(width for width, reasons in others if reasons),
        "frozen_reasons": sorted(set().union(*(x for _, x in others))),
        "unknown": sorted(
            {type(x.operation).__name__ for x in graph.unknown()}
        ),
    }


def cost(model: keras.Model, suffix: str) -> dict[str, int]:
    found = tfprune.profile(model)
    return {
        f"parameters{suffix}": found.parameters,
        f"macs{suffix}": found.macs,
    }


def memory(model: keras.Model, keep: tfprune.KeepMask) -> dict[str, Any]:
    """Peak memory of trace and removal, and of a plain copy."""
    whole = tfprune.profile(model).bytes
    removal = peak_growth(lambda: remove_channels(model, keep))
    copy = peak_growth(lambda: clone(model))
    return {
        "weight_bytes": whole,
        "removal_peak_bytes": removal,
        "clone_peak_bytes": copy,
        "memory_ratio": removal / whole,
        "clone_memory_ratio": copy / whole,
    }


def training_loss(model: keras.Model, images: np.ndarray) -> float:
    """The loss of one training step on one image."""
    model.compile(
        keras.optimizers.SGD(1e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        run_eagerly=True,
    )
    return float(model.train_on_batch(images[:1], np.array([1])))


def stages(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Everything that is found out about a network, stage by stage."""
    warm_up()
    model = build(name)
    yield {"stage": "trace", "input_shape": model.input_shape[1:]}
    graph = tfprune.trace(model)
    keep = random_half(graph)
    yield {"stage": "memory", **cost(model, ""), **frozen(graph)}
    del graph
    yield {"stage": "timing", **memory(model, keep)}
    yield {
        "stage": "comparison",
        **timed_turns(model, keep, FLAGS.rounds, FLAGS.budget),
    }
    images = random_images(model, count=2)
    randomize(model, keep, images)
    small = remove_channels(model, keep)
    found = difference(mask_channels(model, keep), small, images)
    yield {
        "stage": "saving",
        **cost(small, "_left"),
        "relative_difference": found.relative,
    }
    del model
    outputs = keras.ops.convert_to_numpy(small(images, training=False))
    small.save(folder / "small.keras")
    np.save(folder / "images.npy", images)
    np.save(folder / "outputs.npy", outputs)
    yield {"stage": "training step", "response": response(outputs)}
    yield {"stage": "done", "loss": training_loss(small, images)}


def main(_: list[str]) -> None:
    folder = Path(FLAGS.work_dir)
    record: dict[str, Any] = {"stage": "build"}
    start = time.perf_counter()
    for found in stages(FLAGS.model, folder):
        record |= found
        record["seconds"] = time.perf_counter() - start
        text = json.dumps(record)
        (folder / "record.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    app.run(main)
