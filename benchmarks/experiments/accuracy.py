"""How often a classifier errs."""

import keras

from tfprune.models.data import Dataset


def error_percent(model: keras.Model, dataset: Dataset) -> float:
    """Test images of the wrong class, in percent."""
    scores = model.predict(dataset.x_test, batch_size=1000, verbose=0)
    return float(100 * (scores.argmax(-1) != dataset.y_test).mean())
