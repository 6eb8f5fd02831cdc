"""Bytes, accuracy and latency of one network in every quantization mode.

A network of depthwise and pointwise convolutions is trained on Fashion-MNIST
and exported in each mode, by a recipe that leaves the first and the last
layer in int8, and with a limit on the loss of accuracy. Ranges come from
training images, the limit is held on a part of the training set that was not
trained on, and accuracy is that of the test set.

    python benchmarks/quantization_modes.py --data_dir=data
"""

import platform
import tempfile
from pathlib import Path
from typing import Any

import keras
from absl import app, flags
from result_file import write_result

from tfprune import models
from tfprune.export import evaluate_tflite, export_tflite, measure_latency
from tfprune.models.data import Dataset
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "output",
    "benchmarks/results/quantization_modes.json",
    "JSON file of the figures.",
)
flags.DEFINE_string("dataset", "fashion_mnist", "Data set to train on.")
flags.DEFINE_string("data_dir", None, "Folder of data sets.")
flags.DEFINE_integer("epochs", 4, "Epochs of training.")
flags.DEFINE_integer("runs", 100, "Timed runs of each file.")

HELD_OUT = 2000
MODES = ("float32", "float16", "dynamic", "int8", "int4", "int16x8")


def network(shape: tuple[int, ...]) -> keras.Model:
    """A convolution, three depthwise-pointwise pairs, two dense layers."""
    layers = keras.layers
    inputs = keras.Input(shape, name="image")

    def normalized(x: Any, name: str) -> Any:
        x = layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
        return layers.ReLU(name=f"{name}_relu")(x)

    x = layers.Conv2D(16, 3, strides=2, padding="same", name="stem")(inputs)
    x = normalized(x, "stem")
    for index, (units, strides) in enumerate(((32, 1), (64, 2), (128, 2))):
        x = layers.DepthwiseConv2D(
            3, strides=strides, padding="same", name=f"depthwise_{index}"
        )(x)
        x = normalized(x, f"depthwise_{index}")
        x = layers.Conv2D(units, 1, name=f"pointwise_{index}")(x)
        x = normalized(x, f"pointwise_{index}")
    x = layers.GlobalAveragePooling2D(name="average")(x)
    x = layers.Dense(128, activation="relu", name="hidden")(x)
    outputs = layers.Dense(10, name="logits")(x)
    return keras.Model(inputs, outputs, name="network")


def trained(data: Dataset, epochs: int) -> keras.Model:
    """The network after some epochs, without the images held out."""
    keras.utils.set_random_seed(0)
    model = network(data.input_shape)
    model.compile(
        keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(
                3e-3, epochs * (len(data.x_train) // 128)
            )
        ),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(
        data.x_train[HELD_OUT:],
        data.y_train[HELD_OUT:],
        batch_size=128,
        epochs=epochs,
        verbose=0,
    )
    return model


def variants(data: Dataset) -> dict[str, dict[str, Any]]:
    """What to ask of each export, by a name for the table."""
    found: dict[str, dict[str, Any]] = {
        name: {"quantize": name} for name in MODES
    }
    found["int4, ends int8"] = {
        "quantize": {"*": "int4", "stem": "int8", "logits": "int8"}
    }
    found["int4, drop <= 0.5 points"] = {
        "quantize": "int4",
        "max_accuracy_drop": 0.005,
        "labelled_data": (data.x_train[:HELD_OUT], data.y_train[:HELD_OUT]),
    }
    return found


def measure(folder: Path, data: Dataset, epochs: int, runs: int) -> list[Any]:
    """One row for each export."""
    model = trained(data, epochs)
    rows, paths = [], []
    for index, (name, settings) in enumerate(variants(data).items()):
        path = folder / f"{index}.tflite"
        report = export_tflite(
            model,
            path,
            representative_data=data.x_train[HELD_OUT:],
            **settings,
        )
        scores = evaluate_tflite(path, data.x_test)
        accuracy = float((scores.argmax(axis=1) == data.y_test).mean())
        rows.append(
            {
                "mode": name,
                "bytes": report.num_bytes,
                "accuracy": accuracy,
                "warnings": report.warnings,
            }
        )
        paths.append(path)
    latency = measure_latency(paths, runs=runs)
    for row, times, ratio in zip(
        rows, latency.files, latency.ratios(), strict=True
    ):
        row |= {"milliseconds": times.median, "ratio": ratio}
    return rows


def main(_: list[str]) -> None:
    data = models.data.load(FLAGS.dataset, FLAGS.data_dir)
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), data, FLAGS.epochs, FLAGS.runs)
    print(
        render_table(
            f"One network on {FLAGS.dataset}, one thread",
            ["mode", "bytes", "test accuracy", "ms", "of float32"],
            [
                (
                    row["mode"],
                    row["bytes"],
                    f"{row['accuracy']:.2%}",
                    row["milliseconds"],
                    f"{row['ratio']:.0%}",
                )
                for row in rows
            ],
        )
    )
    result = {
        "dataset": FLAGS.dataset,
        "epochs": FLAGS.epochs,
        "runs": FLAGS.runs,
        "machine": platform.machine(),
        "rows": rows,
    }
    write_result(FLAGS.output, result)


if __name__ == "__main__":
    app.run(main)
