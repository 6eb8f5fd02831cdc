"""Strips networks of which two fifths of the channels are dead.

In each network the scale and the offset of 40% of all channels of batch
normalization are zero. It is saved as a SavedModel and converted by
TensorFlow's own converter; then the flatbuffer is stripped. Compared are the
outputs on random images (to the last bit for int8), stored numbers, MACs and
the latency of both, with one thread, interleaved. Stripping alone is timed in a
process of its own, where its peak memory is measured as well, and that of the
process in which it runs the file.

    PYTHONPATH=. python benchmarks/strip_zoo.py
    PYTHONPATH=. python benchmarks/strip_zoo.py --models=ResNet50
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import app, flags
from result_file import write_result

from tfprune.export import evaluate_tflite, measure_latency
from tfprune.export.dependencies import require
from tfprune.export.quiet import quiet_native_logs
from tfprune.table import render_table

FLAGS = flags.FLAGS
flags.DEFINE_list(
    "models",
    [
        "MobileNetV2",
        "ResNet50",
        "DenseNet121",
        "EfficientNetB0",
        "InceptionV3",
        "NASNetMobile",
        "MobileNetV3Small",
    ],
    "Networks of keras.applications.",
)
flags.DEFINE_list("modes", ["float32", "int8"], "Quantization modes.")
flags.DEFINE_float("dead", 0.4, "Fraction of the channels that is dead.")
flags.DEFINE_integer("images", 8, "Random images to compare on.")
flags.DEFINE_integer("runs", 30, "Timed runs of each file.")
flags.DEFINE_string(
    "output", "benchmarks/results/strip_zoo.json", "JSON file of figures."
)

# What networks are trained on whose images may have any size.
OPEN_SIDE = 299

ALONE = """
import json, sys, time
from pathlib import Path
from benchmarks.peak_memory import peak_growth, peak_of_children
from tfprune.export.channels import handlers
from tfprune.export.flatbuffer.reader import read_tflite
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.passes import run_passes
from tfprune.export.strip import strip_flatbuffer

def count(model):
    return sum(x.size for x in model.tensors if x.is_constant)

def run():
    start = time.perf_counter()
    model = read_tflite(sys.argv[1])
    before = count(model)
    report = strip_flatbuffer(model)
    run_passes(model)
    Path(sys.argv[2]).write_bytes(serialize(model))
    found.update(report.as_dict(), numbers=[before, count(model)])
    found.update(seconds=time.perf_counter() - start)

found = {}
# What is imported and compiled on the way is not counted.
run()
found.update(peak_bytes=peak_growth(run))
found.update(runtime_bytes=peak_of_children(run))
print(json.dumps(found))
"""


def plant(model: keras.Model, fraction: float, seed: int = 0) -> None:
    """Gives a model random weights, and kills channels of it."""
    generator = np.random.default_rng(seed)
    makers = {id(layer.output): layer for layer in model.layers}
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            width = layer.moving_mean.shape[0]
            dead = generator.random(width) < fraction
            offset = generator.normal(0.0, 0.1, width)
            layer.beta.assign(np.where(dead, 0.0, offset))
            if layer.gamma is not None:
                layer.gamma.assign(np.where(dead, 0.0, 1.0))
            else:
                # It has no scale: what it normalizes is zero.
                kernel = makers[id(layer.input)].kernel
                kernel.assign(np.where(dead, 0.0, np.array(kernel)))
        elif hasattr(layer, "kernel") and len(layer.kernel.shape) > 1:
            shape = layer.kernel.shape
            fan = int(np.prod(shape[:-1]))
            if isinstance(layer, keras.layers.DepthwiseConv2D):
                fan = int(np.prod(shape[:2]))
            scale = (2 / fan) ** 0.5
            layer.kernel.assign(generator.normal(0.0, scale, shape))


def settle(model: keras.Model, images: np.ndarray) -> None:
    """Gives batch normalization the statistics of some images."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    model(images, training=True)


def converted(
    model: keras.Model, mode: str, images: np.ndarray, folder: Path
) -> bytes:
    """The model as a SavedModel, and as a file of TensorFlow's converter."""
    lite = require("tensorflow").lite
    spec = keras.InputSpec(shape=(1, *images.shape[1:]), dtype="float32")
    path = str(folder / "saved_model")
    with quiet_native_logs():
        model.export(path, verbose=False, input_signature=[spec])
        converter = lite.TFLiteConverter.from_saved_model(path)
        if mode == "int8":
            converter.optimizations = [lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: (
                [image[None]] for image in images
            )
            converter.target_spec.supported_ops = [
                lite.OpsSet.TFLITE_BUILTINS_INT8
            ]
        return bytes(converter.convert())


def measure(name: str, mode: str, folder: Path) -> dict[str, Any]:
    """Figures of one network in one precision."""
    keras.utils.set_random_seed(0)
    model = getattr(keras.applications, name)(
        weights=None, classifier_activation=None
    )
    sides = [side or OPEN_SIDE for side in model.input_shape[1:]]
    shape = (FLAGS.images, *sides)
    generator = np.random.default_rng(1)
    images = generator.normal(size=shape).astype("float32")
    plant(model, FLAGS.dead)
    settle(model, images)
    files = [folder / f"{kind}.tflite" for kind in ("dead", "stripped")]
    files[0].write_bytes(converted(model, mode, images, folder))
    found = subprocess.run(
        [sys.executable, "-c", ALONE, *map(str, files)],
        capture_output=True,
        text=True,
        check=True,
    )
    alone = json.loads(found.stdout.splitlines()[-1])
    sizes = [path.stat().st_size for path in files]
    expected, received = (evaluate_tflite(x, images) for x in files)
    latency = measure_latency(files, runs=FLAGS.runs)
    return {
        "model": name,
        "mode": mode,
        "bytes": sizes,
        "macs": [alone["macs_before"], alone["macs_after"]],
        "numbers": alone["numbers"],
        "removed": alone["removed"],
        "absorbed": alone["absorbed"],
        "difference": float(
            np.abs(expected - received).max() / np.abs(expected).max()
        ),
        "response": float(np.ptp(expected, axis=0).max()),
        "identical": bool(np.array_equal(expected, received)),
        "milliseconds": [file.median for file in latency.files],
        "latency_ratio": latency.ratios()[1],
        "strip_seconds": alone["seconds"],
        "strip_memory": alone["peak_bytes"] / sizes[0],
        "runtime_memory": alone["runtime_bytes"] / sizes[0],
        "frozen": alone["frozen"],
    }


def row(entry: dict[str, Any]) -> tuple[object, ...]:
    before, after = entry["macs"]
    return (
        entry["model"],
        entry["mode"],
        f"{entry['bytes'][0]:,}",
        f"{entry['numbers'][1] / entry['numbers'][0]:.2f}",
        f"{after / before:.2f}",
        f"{entry['latency_ratio']:.2f}",
        "equal" if entry["identical"] else f"{entry['difference']:.1e}",
        f"{entry['strip_seconds']:.2f}",
        f"{entry['strip_memory']:.2f}",
        f"{entry['runtime_memory']:.2f}",
    )


def main(_: list[str]) -> None:
    entries = []
    for name in FLAGS.models:
        for mode in FLAGS.modes:
            with tempfile.TemporaryDirectory() as folder:
                entries.append(measure(name, mode, Path(folder)))
            print(*row(entries[-1]), flush=True)
            keras.backend.clear_session()
    content = {"dead": FLAGS.dead, "runs": FLAGS.runs, "models": entries}
    write_result(FLAGS.output, content)
    columns = [
        "model",
        "mode",
        "bytes",
        "numbers left",
        "MACs left",
        "time left",
        "difference",
        "seconds to strip",
        "memory / bytes",
        "of the runtime",
    ]
    print(render_table("Stripped flatbuffers", columns, map(row, entries)))


if __name__ == "__main__":
    app.run(main)
