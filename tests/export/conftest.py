"""Networks and exported files that tests share."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.export.flatbuffer.specimens import SPECIMENS
from tests.export.networks import NETWORKS
from tfprune.export import ExportReport, export_tflite


@dataclass(frozen=True)
class Exported:
    """An exported network beside its source."""

    model: keras.Model
    path: Path
    report: ExportReport
    data: Any


@pytest.fixture(scope="session")
def models():
    """A function that builds each network once."""
    built = {}

    def get(name):
        if name not in built:
            # Keras numbers the layers of a later network on.
            keras.utils.clear_session(free_memory=False)
            keras.utils.set_random_seed(3)
            built[name] = NETWORKS[name].build()
        return built[name]

    return get


@pytest.fixture(scope="session")
def exported(models, tmp_path_factory):
    """A function that exports each network in each mode once."""
    folder = tmp_path_factory.mktemp("exported")
    done = {}

    def get(name, mode="float32"):
        if (name, mode) not in done:
            data = NETWORKS[name].sample(np.random.default_rng(0), 60)
            path = folder / f"{name}_{mode}.tflite"
            report = export_tflite(
                models(name), path, quantize=mode, representative_data=data
            )
            done[name, mode] = Exported(models(name), path, report, data)
        return done[name, mode]

    return get


@pytest.fixture
def toy():
    """A dense model that exports at once."""
    inputs = keras.Input((4,), name="values")
    outputs = keras.layers.Dense(3, name="sums")(inputs)
    model = keras.Model(inputs, outputs, name="toy")
    generator = np.random.default_rng(1)
    model.set_weights([generator.normal(size=w.shape) for w in model.weights])
    return model


@pytest.fixture(scope="session")
def toy_data():
    """Inputs of the toy, shape (80, 4)."""
    return np.random.default_rng(2).normal(size=(80, 4)).astype("float32")


@pytest.fixture(scope="session")
def specimen():
    """A function that gives the bytes of a specimen by its name."""
    return functools.cache(lambda name: SPECIMENS[name]())
