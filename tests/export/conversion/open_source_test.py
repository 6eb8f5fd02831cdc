"""Each form of a model comes in by its own door."""

import keras
import numpy as np
import pytest

import tfprune
from tests.export.networks import NETWORKS
from tfprune.errors import InvalidInputError
from tfprune.export import evaluate_tflite, export_tflite
from tfprune.export.conversion.open_source import open_source


@pytest.fixture
def path(tmp_path):
    return tmp_path / "m.tflite"


def test_keras_file(models, tmp_path, path):
    model, data = models("residual"), images(8)
    model.save(tmp_path / "m.keras")
    export_tflite(str(tmp_path / "m.keras"), path)
    np.testing.assert_allclose(
        evaluate_tflite(path, data), model.predict(data, verbose=0), atol=1e-5
    )


def test_keras_file_with_channels_removed(models, tmp_path, path):
    small = tfprune.prune(models("depthwise"), criterion="l1_norm", macs=0.5)
    tfprune.save_model(small, tmp_path / "m.keras")
    export_tflite(tmp_path / "m.keras", path)
    data = images(8)
    np.testing.assert_allclose(
        evaluate_tflite(path, data), small.predict(data, verbose=0), atol=1e-5
    )


def images(count):
    return NETWORKS["residual"].sample(np.random.default_rng(1), count)


@pytest.mark.parametrize("name", ["residual", "several_ends", "subclassed"])
def test_all_forms_compute_the_same(models, exported, tmp_path, name):
    model = models(name)
    data = NETWORKS[name].sample(np.random.default_rng(1), 5)
    arrays = list(data) if isinstance(data, tuple) else [data]
    model.export(tmp_path / "saved", verbose=False)
    forms = [model, tmp_path / "saved", exported(name).path]
    found = []
    for form in forms:
        with open_source(form) as source:
            names = [item.name for item in source.inputs]
            ordered = [arrays[i] for i in order(model, names)]
            found.append(
                [
                    source.compute([array[i : i + 1] for array in ordered])
                    for i in range(5)
                ]
            )
    wanted = sorted(float(np.sum(x)) for x in found[0][0])
    for outputs in found[1:]:
        # A SavedModel knows its outputs by other names.
        received = sorted(float(np.sum(x)) for x in outputs[0])
        np.testing.assert_allclose(received, wanted, atol=1e-4)


def order(model, names):
    """Positions of the inputs of a model in the order of their names."""
    known = [tensor.name for tensor in getattr(model, "inputs", None) or ()]
    return [known.index(x) for x in names] if set(known) == set(names) else [0]


def test_nothing_that_can_be_converted(tmp_path, path):
    for source, part in [
        (np.ones(3), "Received: ndarray."),
        (keras.layers.Dense(3), "Received: Dense."),
        (None, "Received: NoneType."),
    ]:
        with pytest.raises(InvalidInputError, match=part):
            export_tflite(source, path)
    (tmp_path / "text.txt").write_text("hello")
    with pytest.raises(InvalidInputError, match="is not a .keras file"):
        export_tflite(tmp_path / "text.txt", path)
    assert not path.exists()
