"""Fashion-MNIST in int8: accuracy lost, and the classes that runtimes give.

The networks that `fashion_mnist.py` trained are exported as float32 and int8,
ranges found on 500 training images, and classify all 10,000 test images: with
LiteRT, with LiteRT without its default delegate (XNNPACK), and with the old
runtimes that `old_runtimes.sh` made. Where classes differ the kernels round
otherwise: each operator is run alone, on the same inputs, to see which ones do.
Other ways to make the file show whether one of them brings the same classes.

    python benchmarks/quantized_fashion_mnist.py --runtimes_dir=ENVIRONMENTS

The figures are written after every network; a run that was stopped goes on
where it was with --resume.
"""

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import app, flags
from numpy.typing import NDArray
from old_runtime import run_in
from result_file import write_result

from tfprune.export import export_tflite, read_tflite, serialize
from tfprune.export.dependencies import require
from tfprune.export.flatbuffer.model import (
    FlatbufferModel,
    Operator,
    Subgraph,
)
from tfprune.export.running.probe import TensorProbe
from tfprune.export.running.tensor_info import TensorInfo
from tfprune.models import data
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_string("work_dir", "benchmarks/runs", "Folder of the networks.")
flags.DEFINE_string("runtimes_dir", None, "Folder of the old runtimes.")
flags.DEFINE_string("data_dir", None, "Folder of fashion_mnist.npz.")
flags.DEFINE_boolean("resume", False, "Keep the networks that are measured.")
flags.DEFINE_string(
    "output",
    "benchmarks/results/quantized_fashion_mnist.json",
    "JSON file of the figures.",
)

CALIBRATION_IMAGES = 500
OPERATOR_IMAGES = 40
REFERENCE, PLAIN = "litert", "litert, no delegate"
OLD_TARGET = "tflite-2.7"
ALLOWED_LOSS = 0.002
# Networks for which other ways to make the file are tried.
TRIED = ("resnet_20_0/small", "vgg_0/small")

Run = Callable[[Path, Sequence[NDArray]], list[NDArray]]


def run_here(
    path: Path, inputs: Sequence[NDArray], *, plain: bool
) -> list[NDArray]:
    """Runs every sample of some inputs with LiteRT."""
    litert = require("ai_edge_litert.interpreter")
    kinds = litert.OpResolverType
    interpreter = litert.Interpreter(
        model_path=str(path),
        num_threads=1,
        experimental_op_resolver_type=kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        if plain
        else kinds.AUTO,
    )
    interpreter.allocate_tensors()
    places = [x["index"] for x in interpreter.get_input_details()]
    result = interpreter.get_output_details()[0]["index"]
    outputs = []
    for sample in range(len(inputs[0])):
        for place, array in zip(places, inputs, strict=True):
            interpreter.set_tensor(place, array[sample : sample + 1])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(result))
    return [np.concatenate(outputs)]


def runtimes() -> dict[str, Run]:
    """What runs a file, by name."""

    def old(environment: Path) -> Run:
        def run(path: Path, inputs: Sequence[NDArray]) -> list[NDArray]:
            outputs, failure = run_in(environment, path, inputs)
            if failure:
                raise RuntimeError(f"{environment.name} {failure} {path.name}")
            return outputs

        return run

    folder = FLAGS.runtimes_dir
    found = sorted(Path(folder).absolute().glob("tflite-*")) if folder else []
    return {
        REFERENCE: lambda path, x: run_here(path, x, plain=False),
        PLAIN: lambda path, x: run_here(path, x, plain=True),
        **{environment.name: old(environment) for environment in found},
    }


def tied(scores: NDArray) -> NDArray:
    """Which samples have two classes with the highest score."""
    ordered = np.sort(scores, axis=-1)
    return ordered[:, -1] == ordered[:, -2]


def compared(scores: NDArray, expected: NDArray) -> dict[str, Any]:
    """How the scores of a runtime compare with those of another."""
    differ = scores.argmax(-1) != expected.argmax(-1)
    tie = tied(scores) | tied(expected)
    return {
        "equal_classes": int((~differ).sum()),
        "differing_with_a_tie": int((differ & tie).sum()),
        "equal_outputs": int((scores == expected).all(-1).sum()),
        "largest_difference": float(np.abs(scores - expected).max()),
    }


def classified(path: Path, dataset: data.Dataset) -> dict[str, Any]:
    """What all runtimes make of a file and the test images."""
    scores: dict[str, NDArray] = {}
    found: dict[str, Any] = {"bytes": path.stat().st_size, "runtimes": {}}
    for name, run in runtimes().items():
        try:
            (scores[name],) = run(path, [dataset.x_test])
        except RuntimeError as error:
            found["runtimes"][name] = {"error": str(error)}
            continue
        entry: dict[str, Any] = {
            "accuracy": float(
                (scores[name].argmax(-1) == dataset.y_test).mean()
            ),
            "ties": int(tied(scores[name]).sum()),
        }
        for other in (REFERENCE, PLAIN):
            if other != name and other in scores:
                entry[f"beside {other}"] = compared(scores[name], scores[other])
        found["runtimes"][name] = entry
    return found


def operator_differences(
    path: Path, images: NDArray, folder: Path
) -> dict[str, Any]:
    """Numbers that runtimes compute otherwise than LiteRT from equal ones.

    Returns:
        By runtime and name of the operator: how many numbers differ, of how
        many, and by how many steps at most.
    """
    model = read_tflite(path)
    probe = TensorProbe(model, source=path.name)
    values = defaultdict(list)
    for image in images:
        probe.run([image[None]])
        for tensor, real in probe.activations():
            values[tensor].append(TensorInfo.of(tensor).to_stored(real))
    found: dict[str, Any] = {name: {} for name in runtimes()}
    for operator in model.main.operators:
        alone, inputs = by_itself(operator)
        single = folder / "operator.tflite"
        single.write_bytes(serialize(alone))
        given = [np.concatenate(values[tensor]) for tensor in inputs]
        (expected,) = runtimes()[REFERENCE](single, given)
        for name, run in runtimes().items():
            (received,) = run(single, given)
            apart = np.abs(received.astype("f8") - expected)
            old = found[name].get(operator.name, (0, 0, 0.0))
            found[name][operator.name] = (
                old[0] + int((apart > 0).sum()),
                old[1] + apart.size,
                max(old[2], float(apart.max())),
            )
    return found


def by_itself(operator: Operator) -> tuple[FlatbufferModel, list[Any]]:
    """A file of one operator, and the tensors that it is given."""
    known = [x for x in (*operator.inputs, *operator.outputs) if x is not None]
    tensors = list(dict.fromkeys(known))
    inputs = [
        x for x in tensors if not x.is_constant and x not in operator.outputs
    ]
    graph = Subgraph(tensors, inputs, [operator.outputs[0]], [operator])
    return FlatbufferModel([graph]), inputs


def without_softmax(model: keras.Model) -> keras.Model:
    """The same network with its last layer's sums for outputs."""
    head = model.layers[-1]
    sums = keras.layers.Dense(head.units, name=head.name)
    result = keras.Model(model.input, sums(head.input))
    sums.set_weights(head.get_weights())
    return result


def with_pooling(model: keras.Model) -> keras.Model:
    """The same network with an average pooling in place of a mean."""
    x = model.get_layer("average").input
    x = keras.layers.AveragePooling2D(x.shape[1:3])(x)
    x = keras.layers.Flatten()(x)
    return keras.Model(model.input, model.layers[-1](x))


def same(model: keras.Model) -> keras.Model:
    """The network as it is."""
    return model


TRIES: dict[str, tuple[Callable[[keras.Model], keras.Model], dict]] = {
    "without softmax": (without_softmax, {"quantize": "int8"}),
    "average pooling for the mean": (with_pooling, {"quantize": "int8"}),
    "last layer float32": (
        same,
        {"quantize": {"*": "int8", "predictions": "float32"}},
    ),
    "int16x8": (same, {"quantize": "int16x8"}),
}


@dataclass(frozen=True)
class Trial:
    """A trained network, measured.

    Attributes:
        model: The network.
        dataset: Its training and test images.
        folder: Where files go meanwhile.
    """

    model: keras.Model
    dataset: data.Dataset
    folder: Path

    def export(self, label: str, model: keras.Model, **settings: Any) -> Path:
        """Writes a file of the network, or of a variant of it."""
        path = self.folder / f"{label.replace(' ', '_')}.tflite"
        images = self.dataset.x_train[:CALIBRATION_IMAGES]
        export_tflite(model, path, representative_data=images, **settings)
        return path

    def measure(self) -> dict[str, Any]:
        """The figures of the float and the int8 file."""
        plain = self.export("float32", self.model)
        (scores,) = runtimes()[REFERENCE](plain, [self.dataset.x_test])
        accuracy = float((scores.argmax(-1) == self.dataset.y_test).mean())
        path = self.export("int8", self.model, quantize="int8")
        old = self.export(
            "int8 old", self.model, quantize="int8", target=OLD_TARGET
        )
        found: dict[str, Any] = {
            "float32": {"bytes": plain.stat().st_size, "accuracy": accuracy},
            "int8": classified(path, self.dataset),
            f"int8 for {OLD_TARGET}": "the same file"
            if old.read_bytes() == path.read_bytes()
            else classified(old, self.dataset),
            "operators": operator_differences(
                path, self.dataset.x_test[:OPERATOR_IMAGES], self.folder
            ),
        }
        kept = found["int8"]["runtimes"][REFERENCE]["accuracy"]
        found["accuracy_lost_pp"] = round(100 * (accuracy - kept), 4)
        return found

    def attempt(self, label: str) -> dict[str, Any]:
        """The figures of another way to make the file."""
        change, settings = TRIES[label]
        path = self.export(label, change(self.model), **settings)
        return classified(path, self.dataset)


def rows(name: str, found: dict[str, Any]) -> list[list[Any]]:
    """Lines of the table for one network."""
    files = {"int8": found["int8"], **found.get("tries", {})}
    old = found[f"int8 for {OLD_TARGET}"]
    if isinstance(old, dict):
        files[f"int8 for {OLD_TARGET}"] = old
    return [
        [
            name,
            label,
            runtime,
            f"{found['float32']['accuracy']:.2%}",
            f"{entry['accuracy']:.2%}" if "accuracy" in entry else "-",
            *(
                entry[f"beside {other}"]["equal_classes"]
                if f"beside {other}" in entry
                else None
                for other in (REFERENCE, PLAIN)
            ),
            entry.get("ties"),
        ]
        for label, file in files.items()
        for runtime, entry in file["runtimes"].items()
    ]


def finished() -> dict[str, Any]:
    """The networks that an earlier run has measured, if asked for."""
    output = Path(FLAGS.output)
    if not FLAGS.resume or not output.is_file():
        return {}
    return json.loads(output.read_text(encoding="utf-8"))["networks"]


def store(results: dict[str, Any]) -> None:
    """Writes the figures."""
    content = {
        "command": "python benchmarks/quantized_fashion_mnist.py "
        "--runtimes_dir=ENVIRONMENTS",
        "images": 10_000,
        "calibration_images": CALIBRATION_IMAGES,
        "operator_images": OPERATOR_IMAGES,
        "networks": results,
    }
    write_result(FLAGS.output, content)


def measure_all(results: dict[str, Any]) -> None:
    """Measures what is not measured yet, the tries last."""
    dataset = data.load("fashion_mnist", FLAGS.data_dir)
    paths = {
        f"{path.parent.name.removeprefix('fashion_mnist_')}/{path.stem}": path
        for path in sorted(Path(FLAGS.work_dir).glob("fashion_mnist_*/*.keras"))
        if path.stem in ("dense", "small")
    }

    def trial(name: str, folder: str) -> Trial:
        model = keras.saving.load_model(paths[name], compile=False)
        return Trial(model, dataset, Path(folder))

    with tempfile.TemporaryDirectory() as folder:
        for name in paths:
            if name not in results:
                results[name] = trial(name, folder).measure()
                store(results)
                print(name, results[name]["accuracy_lost_pp"], flush=True)
        for label in TRIES:
            for name in TRIED:
                tries = results[name].setdefault("tries", {})
                if label not in tries:
                    tries[label] = trial(name, folder).attempt(label)
                    store(results)
                    print(name, label, flush=True)


def main(_: list[str]) -> None:
    """Measures, prints a table and writes the figures."""
    results = finished()
    measure_all(results)
    print(
        render_table(
            "Fashion-MNIST in int8, 10,000 test images",
            [
                "network",
                "file",
                "runtime",
                "float32",
                "accuracy",
                f"classes of {REFERENCE}",
                f"classes of {PLAIN}",
                "ties",
            ],
            [
                row
                for name, found in results.items()
                for row in rows(name, found)
            ],
            width=150,
        )
    )
    worst = max(x["accuracy_lost_pp"] for x in results.values())
    print(f"Most accuracy lost: {worst:.2f} percentage points.")
    raise SystemExit(0 if worst <= 100 * ALLOWED_LOSS else 1)


if __name__ == "__main__":
    app.run(main)
