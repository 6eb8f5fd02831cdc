"""BN-scale ISTA on Fashion-MNIST: MACs, accuracy and LiteRT latency.

For each seed a network is trained as it is, and again with a penalty on the
scales of its batch normalizations until few enough MACs are alive; of the
second the dead channels are stripped and the rest is fine-tuned. Where the
epochs end before the MACs are few enough, the smallest scales left are pruned.
The plain network trains for as many epochs as the other may.
Every stage leaves a `.keras` file in `--work_dir`, so a run that was stopped
goes on where it was. The strength for the VGG-style network was chosen on the
last 5,000 training images, that for the ResNet by the MACs it leaves alive; the
test images chose nothing.

    python benchmarks/fashion_mnist.py --model=vgg --seeds=0,1,2
"""

import json
import statistics
from pathlib import Path
from typing import Any

import keras
from absl import app, flags
from result_file import write_result

import tfprune
from tfprune import models
from tfprune.atomic_file import atomic_path
from tfprune.export import evaluate_tflite, export_tflite, measure_latency
from tfprune.models import data
from tfprune.optimizers import Proximal
from tfprune.profiling import macs, total
from tfprune.table import render_table

SETTINGS: dict[str, dict[str, Any]] = {
    "vgg": {
        "builder": {"widths": (24, 48, 96)},
        "strength": 0.015,
        "fewer_macs": 4.1,
        "absorb": "exact",
        "sparse_epochs": 6,
        "fine_tune_epochs": 6,
    },
    "resnet_20": {
        "builder": {"width_multiplier": 0.5},
        "strength": 0.03,
        "fewer_macs": 4.1,
        "absorb": "approximate",
        "sparse_epochs": 6,
        "fine_tune_epochs": 6,
    },
}
LEARNING_RATE = 0.02
DECAY_FROM = 0.05
MOMENTUM = 0.9
BATCH_SIZE = 128

FLAGS = flags.FLAGS
flags.DEFINE_enum("model", "vgg", sorted(SETTINGS), "Reference network.")
flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds, one training each.")
flags.DEFINE_string("data_dir", None, "Folder of fashion_mnist.npz.")
flags.DEFINE_string("work_dir", "benchmarks/runs", "Folder of the stages.")
flags.DEFINE_string("output", None, "JSON file; one entry a seed.")


class StopAtMacs(keras.callbacks.Callback):
    """Ends training once few enough multiply-accumulates are alive."""

    def __init__(self, fewer: float, absorb: Any) -> None:
        super().__init__()
        self.fewer = fewer
        self.absorb = absorb

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        dead = tfprune.dead_channels(self.model, absorb=self.absorb)
        cost = macs(dead.graph)
        alive = total(cost, dead.keep.by_id(dead.graph))
        everything = tfprune.KeepMask.ones_like(dead.graph)
        ratio = total(cost, everything.by_id(dead.graph)) / alive
        print(f"epoch {epoch + 1}: {ratio:.2f}x fewer MACs alive", flush=True)
        if ratio >= self.fewer:
            self.model.stop_training = True


def fit(
    model: keras.Model,
    dataset: data.Dataset,
    optimizer: keras.optimizers.Optimizer,
    epochs: int,
    *callbacks: keras.callbacks.Callback,
) -> None:
    model.compile(
        optimizer,
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
    )
    model.fit(
        dataset.x_train,
        dataset.y_train,
        batch_size=BATCH_SIZE,
        epochs=epochs,
        verbose=2,
        callbacks=list(callbacks),
    )


def constant_sgd() -> keras.optimizers.SGD:
    return keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM)


def decaying_sgd(dataset: data.Dataset, epochs: int) -> keras.optimizers.SGD:
    steps = -(-len(dataset.x_train) // BATCH_SIZE) * epochs
    decay = keras.optimizers.schedules.CosineDecay(DECAY_FROM, steps)
    return keras.optimizers.SGD(decay, momentum=MOMENTUM, nesterov=True)


def build(name: str, seed: int, dataset: data.Dataset) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return models.get(name)(
        input_shape=dataset.input_shape,
        num_classes=dataset.num_classes,
        **SETTINGS[name]["builder"],
    )


def stage(path: Path, make: Any) -> keras.Model:
    """The model in a file, or, when there is none, the one that is made."""
    if not path.exists():
        model = make()
        with atomic_path(path) as beside:
            model.save(beside)
    return keras.saving.load_model(path, compile=False)


def train(
    name: str, seed: int, dataset: data.Dataset, folder: Path
) -> tuple[keras.Model, keras.Model]:
    """The network as it is and the pruned one, from files where they exist."""
    settings = SETTINGS[name]
    sparse, tuned = settings["sparse_epochs"], settings["fine_tune_epochs"]

    def penalized() -> keras.Model:
        model = tfprune.penalize_scales(
            build(name, seed, dataset), strength=settings["strength"]
        )
        stop = StopAtMacs(settings["fewer_macs"], settings["absorb"])
        fit(model, dataset, Proximal(constant_sgd()), sparse, stop)
        return model

    def fine_tuned() -> keras.Model:
        sparse_model = stage(folder / "sparse.keras", penalized)
        model = within(
            tfprune.strip(sparse_model, absorb=settings["absorb"]),
            tfprune.profile(sparse_model).macs / settings["fewer_macs"],
        )
        fit(model, dataset, decaying_sgd(dataset, tuned), tuned)
        return model

    def plain() -> keras.Model:
        model = build(name, seed, dataset)
        fit(model, dataset, constant_sgd(), sparse)
        return model

    def dense() -> keras.Model:
        model = stage(folder / "plain.keras", plain)
        fit(model, dataset, decaying_sgd(dataset, tuned), tuned)
        return model

    small = stage(folder / "small.keras", fine_tuned)
    return stage(folder / "dense.keras", dense), small


def within(model: keras.Model, budget: float) -> keras.Model:
    """A model whose smallest scales are pruned too, if it is over a budget."""
    share = budget / tfprune.profile(model).macs
    if share >= 1:
        return model
    return tfprune.prune(model, criterion="batch_norm_scale", macs=share)


def measure(
    dense: keras.Model, small: keras.Model, dataset: data.Dataset, folder: Path
) -> dict[str, Any]:
    """Costs, test accuracies and latencies of both, and their ratios."""
    found: dict[str, Any] = {}
    for label, model in (("dense", dense), ("small", small)):
        cost = tfprune.profile(model)
        entry = {"parameters": cost.parameters, "macs": cost.macs}
        for mode in ("float32", "int8"):
            path = folder / f"{label}_{mode}.tflite"
            report = export_tflite(
                model,
                path,
                quantize=mode,
                representative_data=dataset.x_train[:500],
            )
            scores = evaluate_tflite(path, dataset.x_test)
            entry[f"{mode}_bytes"] = report.num_bytes
            entry[f"{mode}_accuracy"] = float(
                (scores.argmax(-1) == dataset.y_test).mean()
            )
        found[label] = entry
    for mode in ("float32", "int8"):
        report = measure_latency(
            [folder / f"{label}_{mode}.tflite" for label in found],
            num_threads=1,
            runs=300,
        )
        for entry, timed in zip(found.values(), report.files, strict=True):
            entry[f"{mode}_ms"] = timed.median
    dense_entry, small_entry = found["dense"], found["small"]
    fewer = dense_entry["macs"] / small_entry["macs"]
    speedup = dense_entry["float32_ms"] / small_entry["float32_ms"]
    saved = 1 - small_entry["float32_ms"] / dense_entry["float32_ms"]
    found["ratios"] = {
        "macs": fewer,
        "parameters": dense_entry["parameters"] / small_entry["parameters"],
        "float32_latency": speedup,
        "int8_latency": dense_entry["int8_ms"] / small_entry["int8_ms"],
        "latency_saved_over_macs_saved": saved / (1 - 1 / fewer),
        "accuracy_lost_pp": 100
        * (dense_entry["float32_accuracy"] - small_entry["float32_accuracy"]),
    }
    return found


def finished(output: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """The seeds that an earlier run with the same settings has measured."""
    if not output.exists():
        return {}
    content = json.loads(output.read_text())
    return content["seeds"] if content["settings"] == settings else {}


def show(name: str, results: dict[str, Any]) -> None:
    rows = []
    for seed, found in results.items():
        dense, small, ratios = found["dense"], found["small"], found["ratios"]
        rows.append(
            (
                seed,
                f"{dense['float32_accuracy']:.2%}",
                f"{small['float32_accuracy']:.2%}",
                f"{small['int8_accuracy']:.2%}",
                f"{ratios['macs']:.2f}x",
                f"{ratios['parameters']:.2f}x",
                f"{dense['float32_ms']:.3f} / {small['float32_ms']:.3f}",
                f"{dense['int8_ms']:.3f} / {small['int8_ms']:.3f}",
                f"{ratios['latency_saved_over_macs_saved']:.2f}",
            )
        )
    print(
        render_table(
            f"{name} on Fashion-MNIST, BN-scale ISTA",
            [
                "seed",
                "dense",
                "pruned",
                "pruned int8",
                "fewer MACs",
                "fewer parameters",
                "float ms",
                "int8 ms",
                "latency saved / MACs saved",
            ],
            rows,
            width=140,
        )
    )
    for key in ("macs", "accuracy_lost_pp"):
        values = [found["ratios"][key] for found in results.values()]
        print(f"mean {key}: {statistics.mean(values):.3f}")


def main(_: list[str]) -> None:
    dataset = data.load("fashion_mnist", FLAGS.data_dir)
    output = Path(
        FLAGS.output or f"benchmarks/results/fashion_mnist_{FLAGS.model}.json"
    )
    results = finished(output, SETTINGS[FLAGS.model])
    for seed in map(int, FLAGS.seeds):
        folder = Path(FLAGS.work_dir) / f"fashion_mnist_{FLAGS.model}_{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        dense, small = train(FLAGS.model, seed, dataset, folder)
        results[str(seed)] = measure(dense, small, dataset, folder)
        content = {
            "model": FLAGS.model,
            "settings": SETTINGS[FLAGS.model],
            "seeds": results,
        }
        write_result(output, content)
        show(FLAGS.model, results)


if __name__ == "__main__":
    app.run(main)
