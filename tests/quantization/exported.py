"""A model, exported to integers and run."""

import numpy as np

import tfprune
from tfprune.export import evaluate_tflite, read_tflite


def export(model, folder, x, **settings):
    """The flatbuffer of a model, and its report."""
    path = folder / "model.tflite"
    report = tfprune.export_tflite(
        model, path, quantize="int8", verify_data=x, **settings
    )
    return read_tflite(path), report


def steps_apart(model, folder, x, **settings):
    """How far the file is from the model, in steps of the output."""
    flatbuffer, _ = export(model, folder, x, **settings)
    found = evaluate_tflite(folder / "model.tflite", x)
    (scale,) = flatbuffer.main.operators[-1].inputs[0].quantization.scales
    return np.abs(found - np.asarray(model(x))) / scale


def scale_of(tensor):
    return tensor.quantization.scales.tolist()
