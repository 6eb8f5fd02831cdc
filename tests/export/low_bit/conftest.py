"""Exported networks of few bits."""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from tests.export.low_bit.networks import build, images
from tfprune.export import ExportReport, LowBit, export_tflite

RESOLVERS = {
    "fast": OpResolverType.AUTO,
    "plain": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
}


@dataclass(frozen=True)
class Exported:
    """An exported network, and what Keras computes."""

    model: keras.Model
    path: Path
    report: ExportReport
    data: np.ndarray
    expected: list[np.ndarray]


def run(path, data, runtime="fast"):
    """Outputs of a file, one array for each, with or without XNNPACK."""
    interpreter = Interpreter(
        model_path=str(path), experimental_op_resolver_type=RESOLVERS[runtime]
    )
    interpreter.allocate_tensors()
    (given,) = interpreter.get_input_details()
    wanted = interpreter.get_output_details()
    rows = []
    for sample in data:
        interpreter.set_tensor(given["index"], sample[None])
        interpreter.invoke()
        rows.append([interpreter.get_tensor(x["index"])[0] for x in wanted])
    return [np.stack(column) for column in zip(*rows, strict=True)]


@pytest.fixture(scope="session")
def packed(tmp_path_factory):
    """A function that exports each network once for each type of weights."""
    folder = tmp_path_factory.mktemp("low_bit")
    done = {}

    def get(name, weights="int4"):
        if (name, weights) not in done:
            model = build(name)
            shape = model.input_shape[1:]
            data = images(np.random.default_rng(1), 100, shape)
            path = folder / f"{name}_{weights}.tflite"
            report = export_tflite(
                model, path, quantize=LowBit(weights), verify_data=data
            )
            # Not `predict`, which may fuse products and sums.
            outputs = keras.tree.flatten(model(data, training=False))
            expected = [np.asarray(x) for x in outputs]
            done[name, weights] = Exported(model, path, report, data, expected)
        return done[name, weights]

    return get
