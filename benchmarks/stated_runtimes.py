"""Compares the oldest runtime that files state with what runtimes do.

Small networks in every quantization are run by TensorFlow Lite 2.7 to 2.20,
each in an environment that `old_runtimes.sh` makes. A statement is true if
every release from the stated one on computes what LiteRT computes.

Run:
  benchmarks/old_runtimes.sh ENVIRONMENTS tflite-2.{7..14} \\
      tensorflow-2.{15..20}
  python benchmarks/stated_runtimes.py ENVIRONMENTS
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers
from old_runtimes import ALLOWED, NETWORKS, SAMPLES, Hybrid, quantizations
from result_file import write_result

from tfprune.export import MODES, evaluate_tflite, export_tflite
from tfprune.export.quantization.rule import OperatorRule
from tfprune.export.versions.runtime import as_numbers
from tfprune.table import render_table

RESULT = Path(__file__).with_name("results") / "stated_runtimes.json"
CHILD = Path(__file__).with_name("stated_runtimes_child.py")
ENVIRONMENTS = "*-2.*/bin/python"


@dataclass(frozen=True)
class OneScale(Hybrid):
    """Integer weights for float inputs, a scale a kernel."""

    def rules(self):
        """The same for all operators."""
        return (OperatorRule(self.weight_bits, per_channel=False),)


@dataclass(frozen=True)
class Case:
    """A file, and what LiteRT computes from it."""

    network: str
    quantization: str
    stated: str
    path: Path
    inputs: Path
    expected: np.ndarray


def all_quantizations():
    """By name: every mode, and those with other scales of dense layers."""
    found = quantizations()
    for name, mode in list(found.items()):
        if mode.has_dense_scales:
            other = mode.with_dense_scales(per_tensor=False)
            found[f"{name}, dense per channel"] = other
    return {**found, "hybrid int4, one scale": OneScale(4)}


class FourBitDepthwise(layers.DepthwiseConv2D):
    """A depthwise convolution trained with weights of 4 bits."""

    def call(self, inputs):
        kernel = keras.quantizers.fake_quant_with_min_max_vars(
            self.kernel, -1.0, 1.0, num_bits=4, narrow_range=True
        )
        return keras.ops.depthwise_conv(inputs, kernel)


def fake_quantized(x, limit):
    """Activations rounded to 8 bits."""
    return layers.Lambda(
        lambda x: keras.quantizers.fake_quant_with_min_max_vars(
            x, -limit, limit
        )
    )(x)


def trained_depthwise():
    """A network that brings its ranges."""
    inputs = keras.Input((12, 12, 16))
    x = FourBitDepthwise(3, use_bias=False)(fake_quantized(inputs, 3.0))
    return keras.Model(inputs, fake_quantized(x, 4.0))


def exports():
    """Yields networks, modes with their names, and what the data is for."""
    for build in NETWORKS:
        for name, mode in all_quantizations().items():
            yield build, name, mode, "representative_data"
    yield trained_depthwise, "int4", MODES.get("int4"), "verify_data"


def make_cases(folder):
    """Writes all files and their inputs."""
    for build, name, mode, use in exports():
        keras.utils.set_random_seed(3)
        model = build()
        shape = (60, *model.input_shape[1:])
        data = np.random.default_rng(0).normal(size=shape).astype("float32")
        inputs = folder / f"{build.__name__}.npy"
        np.save(inputs, data[:SAMPLES])
        path = folder / f"{build.__name__} {name}.tflite"
        report = export_tflite(model, path, quantize=mode, **{use: data})
        expected = evaluate_tflite(path, data[:SAMPLES])
        stated = report.min_runtime or "0"
        yield Case(build.__name__, name, stated, path, inputs, expected)


def outcomes_in(python, cases, folder):
    """What a runtime does with each file, in a word."""
    outputs = folder / "outputs.npy"
    found = []
    while len(found) < len(cases):
        with subprocess.Popen(
            [python, CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # Paths of this process are not those of the other interpreter.
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        ) as child:
            for case in cases[len(found) :]:
                print(
                    case.path, case.inputs, outputs, sep="\t", file=child.stdin
                )
                child.stdin.flush()
                answer = child.stdout.readline().strip()
                if answer == "ran":
                    answer = compared(np.load(outputs), case.expected)
                found.append(answer or "crashed")
                if not answer:
                    break
            child.kill()
    return found


def compared(received, expected):
    """Whether numbers are right, in a word."""
    error = np.sqrt(np.mean((received.astype("f8") - expected) ** 2))
    return "right" if error < ALLOWED * expected.std() else "wrong numbers"


def release_of(python):
    """`.../tflite-2.14/bin/python` as `2.14`."""
    return python.parent.parent.name.partition("-")[2]


def first_right(outcomes):
    """The release from which on all are right; None where the newest fails."""
    first = None
    for release, outcome in reversed(outcomes.items()):
        if outcome != "right":
            break
        first = release
    return first


def row_of(case, outcomes):
    """What a file states, and what was found."""
    bound = as_numbers(case.stated)[:2]
    return {
        "network": case.network,
        "quantization": case.quantization,
        "stated": case.stated,
        "true": all(
            outcome == "right"
            for release, outcome in outcomes.items()
            if as_numbers(release) >= bound
        ),
        "first_right": first_right(outcomes),
        "outcomes": outcomes,
    }


def main(environments):
    """Compares in all environments of a folder."""
    pythons = sorted(
        Path(environments).absolute().glob(ENVIRONMENTS),
        key=lambda python: as_numbers(release_of(python)),
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        cases = list(make_cases(folder))
        found = {release_of(x): outcomes_in(x, cases, folder) for x in pythons}
    rows = [
        row_of(case, {release: x[index] for release, x in found.items()})
        for index, case in enumerate(cases)
    ]
    columns = ["network", "quantization", "stated", "first_right", "true"]
    print(
        render_table(
            "Oldest runtimes, stated and found",
            columns,
            [tuple(row[name] for name in columns) for row in rows],
        )
    )
    true = sum(row["true"] for row in rows)
    print(f"{true} of {len(rows)} statements are true.")
    write_result(RESULT, rows)
    return 0 if rows and true == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
