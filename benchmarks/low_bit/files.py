"""What the networks of a seed are as files."""

from pathlib import Path

import keras
import numpy as np
from experiments.latency import timed
from experiments.outcome import Figures
from numpy.typing import NDArray

from tfprune.export import evaluate_tflite, export_tflite, read_tflite
from tfprune.models.data import Dataset


def low_bit_files(folder: Path, dataset: Dataset) -> Figures:
    """Exports each network as it is stored best, and in float32.

    Args:
        folder: Of the networks, `<name>.keras`.
        dataset: Whose test images the files classify.

    Returns:
        For each network the test images on which the file gives the class
        that Keras gives, the bytes of the file, these over those of the
        float32 file, and milliseconds of both.
    """
    figures: dict[str, float] = {}
    files = {}
    for path in sorted(folder.glob("*.keras")):
        network, name = keras.saving.load_model(path), path.stem
        files[name] = path.with_suffix(".tflite")
        plain = files[f"{name}_float32"] = folder / f"{name}_float32.tflite"
        print(export_tflite(network, files[name]))
        export_tflite(network, plain, quantize="float32")
        agreeing = classes_agreeing(network, files[name], dataset)
        figures[f"{name}_agreeing"] = agreeing
        size = files[name].stat().st_size
        figures[f"{name}_bytes"] = size
        figures[f"{name}_part_of_float"] = size / plain.stat().st_size
    return {**figures, **timed(files)}


def classes_agreeing(network: keras.Model, file: Path, dataset: Dataset) -> int:
    """The number of test images that a file and Keras class alike."""
    classes = evaluate_tflite(file, dataset.x_test).argmax(-1)
    return int((classes == unfused_scores(network, dataset).argmax(-1)).sum())


def within_one_step(network: keras.Model, file: Path, dataset: Dataset) -> int:
    """The test images whose outputs are all within one step of Keras'.

    Args:
        network: Has the ranges of the file.
        file: What comes out of it was rounded to integers.
        dataset: Has the images.
    """
    scale = read_tflite(file).main.operators[-1].inputs[0].scale()
    if scale is None:
        raise ValueError(f"{file} does not end in integers.")
    found = evaluate_tflite(file, dataset.x_test)
    apart = np.abs(found - unfused_scores(network, dataset)) / scale
    return int((apart.max(axis=-1) < 1.5).sum())


def unfused_scores(
    network: keras.Model, dataset: Dataset, batch_size: int = 1000
) -> NDArray[np.float32]:
    """The scores of all test images, computed operation by operation.

    A compiler, as in `predict`, may round a product and a sum once for both.
    """
    starts = range(0, len(dataset.x_test), batch_size)
    batches = [dataset.x_test[x : x + batch_size] for x in starts]
    scores = [network(batch, training=False) for batch in batches]
    return np.concatenate([keras.ops.convert_to_numpy(x) for x in scores])


def file_error_percent(file: Path, dataset: Dataset) -> float:
    """Test images that a file gives the wrong class, in percent."""
    classes = evaluate_tflite(file, dataset.x_test).argmax(-1)
    return float(100 * (classes != dataset.y_test).mean())
