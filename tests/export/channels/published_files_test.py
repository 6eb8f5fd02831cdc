"""Files that others made and published compute the same once stripped."""

import os
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tfprune.export.flatbuffer.reader import read_tflite
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.passes import run_passes
from tfprune.export.strip import strip_flatbuffer

FOLDER = Path(os.environ.get("TFPRUNE_DATA_DIR", "")) / "edgetpu"
FILES = [x for x in sorted(FOLDER.glob("*.tflite")) if "_edgetpu" not in x.stem]


def outputs(content):
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    generator = np.random.default_rng(0)
    found = []
    for _ in range(4):
        for entry in interpreter.get_input_details():
            ends, shape = np.iinfo(entry["dtype"]), entry["shape"]
            values = generator.integers(ends.min, ends.max, shape)
            interpreter.set_tensor(
                entry["index"], values.astype(entry["dtype"])
            )
        interpreter.invoke()
        found += [
            interpreter.get_tensor(entry["index"])
            for entry in interpreter.get_output_details()
        ]
    return found


@pytest.mark.skipif(not FILES, reason="TFPRUNE_DATA_DIR holds no such files")
def test_they_compute_the_same_to_the_bit():
    removed = 0
    for path in FILES:
        model = read_tflite(path)
        report = strip_flatbuffer(model)
        run_passes(model)
        removed += report.removed
        expected = outputs(path.read_bytes())
        for wanted, found in zip(
            expected, outputs(serialize(model)), strict=True
        ):
            np.testing.assert_array_equal(wanted, found)
    # The published MobileNet and DeepLab have filters that give nothing.
    assert removed > 0
