"""Compares predictions for old runtimes with what those runtimes do.

Small networks in every quantization, and the same files with all operator
versions set to 1, as some quantizers leave them, are run in the environments
that `old_runtimes.sh` makes, each in a process of its own. A prediction is
right if the file is predicted to run where it computes what LiteRT computes,
and to be refused where it does not: refused, crashed, or other numbers.

Run:
  benchmarks/old_runtimes.sh ENVIRONMENTS
  python benchmarks/old_runtimes.py ENVIRONMENTS
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers
from old_runtime import run_in
from result_file import write_result

from tfprune.export import (
    MODES,
    QuantizationMode,
    check,
    evaluate_tflite,
    export_tflite,
    read_tflite,
    serialize,
)
from tfprune.export.quantization.rule import OperatorRule
from tfprune.export.verification.tolerance import Tolerance
from tfprune.table import render_table

RESULT = Path(__file__).with_name("results") / "old_runtimes.json"
SAMPLES = 16
# Rounding differs a little between kernels; wrong numbers are far off.
ALLOWED = 0.1


@dataclass(frozen=True)
class Hybrid(QuantizationMode):
    """Integer weights for float inputs, a scale a channel."""

    name = "hybrid"
    tolerance = Tolerance(spread=0.9, magnitude=0.01)

    weight_bits: int = 8

    def uses_converter(self, *, calibrated):
        """Never: the quantizer makes these."""
        return False

    def rules(self):
        """The same for all operators."""
        return (OperatorRule(self.weight_bits),)

    def configure(self, converter, tensorflow, *, calibrated):
        """Nothing: the converter is not asked."""

    def check(self, model):
        """Takes what comes."""
        return ()


def convolutions():
    """Convolutions of two kinds, pooling and a dense end."""
    inputs = keras.Input((12, 12, 4))
    x = layers.Conv2D(32, 3, activation="relu")(inputs)
    x = layers.DepthwiseConv2D(3, padding="same")(x)
    x = layers.Conv2D(64, 1, activation="relu")(layers.MaxPooling2D(2)(x))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10)(x))


def dense():
    """Two dense layers."""
    inputs = keras.Input((64,))
    x = layers.Dense(96, activation="relu")(inputs)
    return keras.Model(inputs, layers.Dense(10)(x))


def convolution():
    """One convolution."""
    inputs = keras.Input((12, 12, 16))
    return keras.Model(inputs, layers.Conv2D(24, 3)(inputs))


def attention():
    """A transformer block."""
    inputs = keras.Input((6, 32))
    x = layers.LayerNormalization()(inputs)
    x = inputs + layers.MultiHeadAttention(2, 16)(x, x)
    return keras.Model(inputs, layers.Dense(32, activation="gelu")(x))


NETWORKS = (attention, convolution, convolutions, dense)


def quantizations():
    """By name: every mode, and what other quantizers make."""
    named = {name: MODES.get(name) for name in MODES.names()}
    return {**named, "hybrid int8": Hybrid(8), "hybrid int4": Hybrid(4)}


def outcome_of(environment, path, data, expected):
    """What an old runtime does with a file, in a word."""
    outputs, failure = run_in(environment, path, [data])
    if failure:
        return failure
    error = np.sqrt(np.mean((outputs[0] - expected) ** 2)) / expected.std()
    return "right" if error < ALLOWED else "wrong numbers"


def write_files(folder, data_of):
    """Writes all files; yields network, quantization and path."""
    for build in NETWORKS:
        keras.utils.set_random_seed(3)
        model = build()
        data_of[build.__name__] = data = (
            np.random.default_rng(0)
            .normal(size=(60, *model.input_shape[1:]))
            .astype("float32")
        )
        for name, mode in quantizations().items():
            path = folder / f"{build.__name__} {name}.tflite"
            export_tflite(model, path, quantize=mode, representative_data=data)
            yield build.__name__, name, path
            flatbuffer = read_tflite(path)
            for operator in flatbuffer.operators:
                operator.version = 1
            path = folder / f"{build.__name__} {name} v1.tflite"
            path.write_bytes(serialize(flatbuffer))
            yield build.__name__, f"{name}, all at version 1", path


def compare(environments, folder):
    """One row for each file and runtime."""
    data_of = {}
    for network, quantization, path in write_files(folder, data_of):
        data = data_of[network][:SAMPLES]
        expected = evaluate_tflite(path, data)
        for environment in environments:
            report = check(path, target=environment.name)
            outcome = outcome_of(environment, path, data, expected)
            yield {
                "network": network,
                "quantization": quantization,
                "runtime": environment.name,
                "predicted": "runs" if report.runs else "does not run",
                "rules": sorted({x.rule for x in report.refused}),
                "found": outcome,
                "equal": report.runs == (outcome == "right"),
            }


def main(folder):
    """Compares in all environments of a folder."""
    environments = sorted(Path(folder).absolute().glob("tflite-*"))
    with tempfile.TemporaryDirectory() as temporary:
        rows = list(compare(environments, Path(temporary)))
    print(
        render_table(
            "Predicted and found",
            [
                "network",
                "quantization",
                "runtime",
                "predicted",
                "found",
                "equal",
            ],
            [
                (
                    row["network"],
                    row["quantization"],
                    row["runtime"],
                    row["predicted"],
                    row["found"],
                    row["equal"],
                )
                for row in rows
            ],
        )
    )
    equal = sum(row["equal"] for row in rows)
    print(f"{equal} of {len(rows)} predictions are right.")
    write_result(RESULT, rows)
    return 0 if rows and equal == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
