"""Damaged SavedModels and `.keras` files: a result or one clear line."""

import keras
import numpy as np
import pytest

from tests.export.flatbuffer.mutations import damaged
from tfprune.errors import InvalidInputError
from tfprune.export import inspect_saved_model
from tfprune.export.conversion.sources.saved_model import open_saved_model
from tfprune.saving.keras_file import load_keras_model

MUTATIONS = 40


@pytest.fixture(scope="module")
def model():
    inputs = keras.Input((6, 6, 2))
    x = keras.layers.Conv2D(4, 3, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Flatten()(x)))


def test_keras_files(model, tmp_path):
    path = tmp_path / "model.keras"
    model.save(path)
    content = path.read_bytes()
    refused = 0
    for seed in range(MUTATIONS):
        path.write_bytes(damaged(content, seed)[0])
        try:
            load_keras_model(path)
        except InvalidInputError as error:
            assert "\n" not in str(error)
            refused += 1
    assert refused > MUTATIONS // 2


def test_saved_models(model, tmp_path):
    model.export(tmp_path, verbose=False)
    files = sorted(
        x for x in tmp_path.rglob("*") if x.is_file() and x.stat().st_size
    )
    refused = 0
    for seed in range(MUTATIONS):
        victim = files[seed % len(files)]
        content = victim.read_bytes()
        victim.write_bytes(damaged(content, seed)[0])
        try:
            str(inspect_saved_model(tmp_path))
            with open_saved_model(tmp_path) as source:
                source.compute([np.zeros((1, 6, 6, 2), "f4")])
        except InvalidInputError as error:
            assert "\n" not in str(error)
            refused += 1
        victim.write_bytes(content)
    assert refused > MUTATIONS // 4
    str(inspect_saved_model(tmp_path))
