"""What the networks of a seed are as files."""

from pathlib import Path
from typing import TypeAlias

import keras
import numpy as np
from experiments.latency import timed
from experiments.outcome import Figures
from numpy.typing import NDArray

from tfprune.export import evaluate_tflite, export_tflite, read_tflite
from tfprune.models.data import Dataset

Scores: TypeAlias = NDArray[np.float32]


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
        figures[f"{name}_agreeing"] = classes_agreeing(
            evaluate_tflite(files[name], dataset.x_test),
            unfused_scores(network, dataset),
        )
        size = files[name].stat().st_size
        figures[f"{name}_bytes"] = size
        figures[f"{name}_part_of_float"] = size / plain.stat().st_size
    return {**figures, **timed(files)}


def classes_agreeing(given: Scores, wanted: Scores) -> int:
    """The number of images that a file and Keras class alike.

    Args:
        given: Scores by the file, shape `(images, classes)`.
        wanted: Scores by Keras, likewise.
    """
    return int((given.argmax(-1) == wanted.argmax(-1)).sum())


def within_one_step(given: Scores, wanted: Scores, file: Path) -> int:
    """The number of images whose scores are all within one step of Keras'.

    Args:
        given: Scores by the file, shape `(images, classes)`.
        wanted: Scores by Keras, likewise.
        file: What comes out of it was rounded to integers.
    """
    scale = read_tflite(file).main.operators[-1].inputs[0].scale()
    if scale is None:
        raise ValueError(f"{file} does not end in integers.")
    return int((np.abs(given - wanted).max(axis=-1) / scale < 1.5).sum())


def unfused_scores(
    network: keras.Model, dataset: Dataset, batch_size: int = 1000
) -> Scores:
    """The scores of all test images, computed operation by operation.

    A compiler, as in `predict`, may round a product and a sum once for both.
    """
    starts = range(0, len(dataset.x_test), batch_size)
    batches = [dataset.x_test[x : x + batch_size] for x in starts]
    scores = [network(batch, training=False) for batch in batches]
    return np.concatenate([keras.ops.convert_to_numpy(x) for x in scores])


def scores_error_percent(scores: Scores, dataset: Dataset) -> float:
    """Test images that scores give the wrong class, in percent."""
    return float(100 * (scores.argmax(-1) != dataset.y_test).mean())
