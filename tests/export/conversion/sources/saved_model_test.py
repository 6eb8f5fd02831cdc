"""SavedModels: what they compute, and which ones are refused."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.export.conversion.sources import saved_models
from tests.export.conversion.sources.saved_models import BIAS, WEIGHTS
from tests.export.networks import NETWORKS
from tfprune.errors import InvalidInputError, VerificationError
from tfprune.export import evaluate_tflite, export_tflite, read_tflite
from tfprune.export.running.interpreter import UnknownOperatorError

RNG = np.random.default_rng(0)


def rows(width, count=20):
    return RNG.normal(size=(count, width)).astype("float32")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("saved_models")


@pytest.fixture(scope="module")
def module(folder):
    saved_models.save_module(folder / "module")
    return folder / "module"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "m.tflite"


def test_names_order_and_values(module, path):
    report = export_tflite(module, path, signature="two_ends")
    assert [x.name for x in report.inputs] == ["a", "b"]
    assert [x.name for x in report.outputs] == ["y", "z"]
    a, b = rows(3), rows(4)
    y, z = evaluate_tflite(path, {"a": a, "b": b})
    np.testing.assert_allclose(y, np.maximum(b, 0))
    np.testing.assert_allclose(z, (b @ WEIGHTS + BIAS) * a, atol=1e-5)
    (signature,) = read_tflite(path).signatures
    assert signature.key == "two_ends"
    assert list(signature.inputs) == ["a", "b"]
    assert report.verification.reference == "the SavedModel"


def test_file_is_static(module, path):
    export_tflite(module, path, signature="two_ends")
    found = read_tflite(path)
    assert {x.shape for x in found.main.inputs} == {(1, 3), (1, 4)}
    assert not any(-1 in (x.shape_signature or ()) for x in found.main.tensors)


@pytest.mark.parametrize("mode", ["float16", "dynamic", "int8"])
def test_keras_export_in_every_mode(models, exported, tmp_path, path, mode):
    network = NETWORKS["depthwise"]
    model = models("depthwise")
    model.export(tmp_path / "saved", verbose=False)
    data = network.sample(np.random.default_rng(0), 60)
    report = export_tflite(
        tmp_path / "saved", path, quantize=mode, representative_data=data
    )
    assert report.quantization == mode
    assert report.operators == exported("depthwise", mode).report.operators
    other = network.sample(np.random.default_rng(9), 24)
    wanted = model.predict(other, verbose=0)
    error = np.sqrt(np.mean((evaluate_tflite(path, other) - wanted) ** 2))
    assert error < 0.15 * wanted.std()


def test_inputs_without_a_batch_axis(module, path):
    report = export_tflite(module, path, signature="no_batch")
    assert [x.shape for x in report.inputs] == [(), (1, 3), (3,)]
    assert [x.name for x in report.inputs] == ["rate", "rows", "vector"]
    data = {
        "rate": RNG.normal(size=60).astype("float32"),
        "rows": rows(3, 60),
        "vector": rows(3, 60),
    }
    report = export_tflite(
        module,
        path,
        signature="no_batch",
        quantize="int8",
        representative_data=data,
    )
    assert report.relative_error < 0.2


def test_open_sizes(module, path):
    with pytest.raises(InvalidInputError, match=r"\(None, 4\).*`input_shape`"):
        export_tflite(module, path, signature="open_size")
    report = export_tflite(
        module, path, signature="open_size", input_shape=(7, 4)
    )
    assert report.inputs[0].shape == (1, 7, 4)


def test_input_that_nothing_reads(module, path):
    report = export_tflite(module, path, signature="unused_input")
    assert [x.name for x in report.inputs] == ["unused", "used"]


def test_weights_that_are_written_back(module, path):
    report = export_tflite(module, path, signature="writes_back")
    assert "assigns to 1 variables" in report.warnings[0]
    found = evaluate_tflite(path, inputs := rows(4))
    np.testing.assert_allclose(found, inputs @ WEIGHTS + BIAS, atol=1e-5)


def test_state_that_matters_is_not_lost_unseen(module, path):
    with pytest.raises(VerificationError, match="differs from the SavedModel"):
        export_tflite(module, path, signature="remembers")
    assert not path.exists()


def test_optimizer_slots_of_another_keras(folder, path):
    saved = folder / "slots"
    saved_models.save_with_slots(saved)
    with pytest.raises(AttributeError, match="add_slot"):
        tf.saved_model.load(str(saved))
    report = export_tflite(saved, path)
    assert report.relative_error < 1e-5


def test_tensorflow_1(folder, path):
    saved = folder / "tf1"
    saved_models.save_tf1(saved)
    export_tflite(saved, path)
    found = evaluate_tflite(path, inputs := rows(4))
    np.testing.assert_allclose(found, inputs @ WEIGHTS, atol=1e-5)


def test_recurrent_model_of_open_batch(tmp_path, path):
    inputs = keras.Input((5, 6), name="words")
    x = keras.layers.LSTM(4, return_sequences=True)(inputs)
    model = keras.Model(inputs, keras.layers.Bidirectional(gru())(x))
    model.export(tmp_path / "saved", verbose=False)
    report = export_tflite(tmp_path / "saved", path)
    assert report.relative_error < 1e-5
    data = RNG.normal(size=(20, 5, 6)).astype("float32")
    np.testing.assert_allclose(
        evaluate_tflite(path, data), model.predict(data, verbose=0), atol=1e-5
    )


def gru():
    return keras.layers.GRU(3)


def test_fake_quantization_brings_ranges(tmp_path, path):
    class Trained(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 4), name="x")])
        def call(self, x):
            x = tf.quantization.fake_quant_with_min_max_args(x, -2, 2)
            weights = tf.quantization.fake_quant_with_min_max_args(
                WEIGHTS, -3, 3, narrow_range=True
            )
            y = tf.quantization.fake_quant_with_min_max_args(x @ weights, -8, 8)
            return {"y": y}

    trained = Trained()
    tf.saved_model.save(
        trained, tmp_path / "saved", {"serving_default": trained.call}
    )
    report = export_tflite(
        tmp_path / "saved",
        path,
        quantize="int8",
        input_type="int8",
        output_type="int8",
    )
    assert report.calibration_samples == 0
    assert report.inputs[0].scale == pytest.approx(4 / 255)
    assert report.outputs[0].scale == pytest.approx(16 / 255)
    assert {x.name for x in report.operators} == {"FULLY_CONNECTED"}


def test_operators_of_tensorflow_are_offered(module, path):
    expected = "MatrixInverse.*`select_tf_ops=True`"
    with pytest.raises(InvalidInputError, match=expected):
        export_tflite(module, path, signature="flex")
    report = export_tflite(module, path, signature="flex", select_tf_ops=True)
    assert {x.name for x in report.operators} == {"FlexMatrixInverse"}
    # TensorFlow's package may or may not run its own operators.
    if report.verification.num_samples:
        assert report.relative_error < 1e-4
    else:
        assert "Not verified" in report.warnings[0]
        assert "Not verified" in str(report)
        assert np.isnan(report.relative_error)


@pytest.mark.parametrize("has_limit", [True, False])
def test_operators_of_tensorflow_are_known_throughout(module, path, has_limit):
    matrices = RNG.normal(size=(20, 2, 2)).astype("f4")
    settings = {"layer_report": True}
    if has_limit:
        labels = np.arange(20) % 2
        settings = {
            "max_accuracy_drop": 0.5,
            "labelled_data": (matrices, labels),
        }
    # Where they do not run it says so, and offers no flag that was given.
    with contextlib.suppress(UnknownOperatorError):
        export_tflite(
            module,
            path,
            signature="flex",
            select_tf_ops=True,
            quantize="dynamic",
            representative_data=matrices,
            **settings,
        )


def test_operators_of_nobody_are_named(module, path):
    with pytest.raises(InvalidInputError, match="does: Erfinv. Replace"):
        export_tflite(module, path, signature="not_in_lite")
    with pytest.raises(InvalidInputError, match="exported model.$"):
        export_tflite(module, path, signature="not_in_lite", select_tf_ops=True)


def refused(folder, path, **arguments):
    with pytest.raises(InvalidInputError) as caught:
        export_tflite(folder, path, **arguments)
    assert "\n" not in str(caught.value)
    assert not path.exists()
    return str(caught.value)


def test_signatures_are_listed(module, folder, path):
    names = "flex, no_batch, not_in_lite, open_size"
    assert f"`signature`: {names}" in refused(module, path)
    line = refused(module, path, signature="two_end")
    assert "Did you mean 'two_ends'?" in line and names in line
    saved_models.save_without_signature(folder / "bare")
    assert "has no signature that could" in refused(folder / "bare", path)


def test_text_and_tables(module, folder, path):
    line = refused(module, path, signature="text")
    assert "is a tensor of string" in line
    saved_models.save_tf1(folder / "table", with_table=True)
    assert "looks values up in a table" in refused(folder / "table", path)


def test_damaged(tmp_path, path):
    saved = tmp_path / "damaged"
    saved_models.save_module(saved)
    (saved / "variables" / "variables.index").unlink()
    assert "TensorFlow cannot load" in refused(saved, path)
    content = (saved / "saved_model.pb").read_bytes()
    (saved / "saved_model.pb").write_bytes(content[:999])
    assert "TensorFlow cannot load" in refused(saved, path)
    (saved / "saved_model.pb").unlink()
    line = refused(saved, path)
    assert "Expected a SavedModel" in line and "variables" in line
