"""Exporting: what is refused, and what is left behind."""

import re
import resource

import keras
import numpy as np
import pytest
from keras import layers, ops

from tests.export.networks import NETWORKS, Subclassed
from tfprune.errors import FileWriteError, InvalidInputError, VerificationError
from tfprune.export import evaluate_tflite, export_tflite
from tfprune.export.export_samples import verification_count
from tfprune.export.quantization import Float32
from tfprune.export.verification.samples import Samples
from tfprune.export.verification.tolerance import Tolerance


def one_dense(shape, **settings):
    """A model of one dense layer on an input of this shape."""
    inputs = keras.Input(shape, name="values", **settings)
    return keras.Model(inputs, layers.Dense(2)(inputs), name="toy")


def several_arguments():
    class Pair(keras.Model):
        def __init__(self):
            super().__init__(name="pair")
            self.dense = layers.Dense(2)

        def call(self, left, right):
            return self.dense(left) + self.dense(right)

    model = Pair()
    model(np.ones((1, 4)), np.ones((1, 4)))
    return model


def unknown_operation():
    inputs = keras.Input((4,))
    return keras.Model(inputs, ops.erf(inputs), name="toy")


ERRORS = [
    (lambda: "toy.keras", {}, "Could not read 'toy.keras': No such file"),
    (lambda: 3, {}, "Expected a `keras.Model`, a TensorFlow concrete function"),
    (
        lambda: one_dense((4,)),
        {"signature": "other"},
        "Expected `signature` with a SavedModel or a .tflite file only.",
    ),
    (
        lambda: keras.Sequential([layers.Dense(2)], name="raw"),
        {},
        "Model 'raw' is not built, so its weights do not exist yet. Call it",
    ),
    (
        lambda: one_dense((4,)),
        {"quantize": "int88"},
        "Unknown quantization mode 'int88'. Did you mean 'int8'? Expected one "
        "of: dynamic, float16, float32, int16x8, int4, int8, low_bit.",
    ),
    (
        lambda: one_dense((4,)),
        {"quantize": 8},
        "Expected `quantize` to be a name, a `QuantizationMode`, or a dict",
    ),
    (
        lambda: one_dense((4,)),
        {"quantize": "int8"},
        "Quantization mode 'int8' needs `representative_data`: typical inputs",
    ),
    (
        lambda: one_dense((4,)),
        {"input_type": "int8"},
        "Expected `input_type` to be 'float32' with quantize='float32'. "
        "Received: 'int8'. int8 and uint8 need quantize='int8' or 'int4'",
    ),
    (
        lambda: one_dense((4,)),
        {"output_type": "int4"},
        "Unknown `output_type` 'int4'. Did you mean 'int8'? ",
    ),
    (
        lambda: one_dense((None, 4)),
        {},
        "Input 'values' of model 'toy' has the shape (None, 4), and an "
        "exported model needs every size. Pass `input_shape`",
    ),
    (
        lambda: one_dense((None, 4)),
        {"input_shape": (3, 5)},
        "Expected `input_shape` to fit (None, 4), input 'values' of model "
        "'toy'. Received: (3, 5). Leave out the batch axis.",
    ),
    (
        lambda: one_dense((None, 4)),
        {"input_shape": {"valuse": (3, 4)}},
        "`input_shape` names the unknown input 'valuse'. Did you mean "
        "'values'? The inputs are: values.",
    ),
    (
        lambda: one_dense((4,), batch_size=8),
        {},
        "Input 'values' of model 'toy' takes batches of 8 only",
    ),
    (
        several_arguments,
        {},
        "Model 'pair' could not be called on {'input': (1, 4)}: missing a "
        "required argument: 'right'. If its call takes several arguments",
    ),
    (
        unknown_operation,
        {},
        "LiteRT has no operator for what model 'toy' does: Erf. Replace",
    ),
]


@pytest.mark.parametrize("build, arguments, expected", ERRORS)
def test_refuses_in_one_line(tmp_path, build, arguments, expected):
    with pytest.raises(InvalidInputError, match=re.escape(expected)) as caught:
        export_tflite(build(), tmp_path / "m.tflite", **arguments)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_several_inputs_need_named_shapes(tmp_path):
    ends = [keras.Input((None, 2), name=name) for name in "ab"]
    model = keras.Model(ends, layers.Add()(ends))
    expected = "Expected `input_shape` as a dict by input name for the inputs"
    with pytest.raises(InvalidInputError, match=expected):
        export_tflite(model, tmp_path / "m.tflite", input_shape=(3, 2))
    shapes = {"a": (3, 2), "b": (3, 2)}
    report = export_tflite(model, tmp_path / "m.tflite", input_shape=shapes)
    assert [x.shape for x in report.inputs] == [(1, 3, 2), (1, 3, 2)]


def test_open_sizes_are_filled(tmp_path):
    inputs = keras.Input((None, None, 3))
    outputs = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(inputs))
    report = export_tflite(
        keras.Model(inputs, outputs),
        tmp_path / "m.tflite",
        input_shape=(9, 7, 3),
    )
    assert report.inputs[0].shape == (1, 9, 7, 3)


def test_subclassed_model_without_a_memory(tmp_path):
    class Forgetful(Subclassed):
        def get_build_config(self):
            return None

    model = Forgetful()
    model(np.zeros((1, 12, 12, 3), "float32"))
    with pytest.raises(InvalidInputError, match="does not remember the shape"):
        export_tflite(model, tmp_path / "m.tflite")
    report = export_tflite(
        model, tmp_path / "m.tflite", input_shape=(12, 12, 3)
    )
    assert report.inputs[0].shape == (1, 12, 12, 3)


def test_other_backend(tmp_path, toy, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(InvalidInputError, match="KERAS_BACKEND=tensorflow"):
        export_tflite(toy, tmp_path / "m.tflite")


def test_loop_cannot_be_calibrated(tmp_path):
    inputs = keras.Input((5, 6), name="words")
    model = keras.Model(inputs, layers.LSTM(4)(inputs), name="looping")
    data = NETWORKS["recurrent"].sample(np.random.default_rng(0), 60)
    path = tmp_path / "m.tflite"
    with pytest.raises(InvalidInputError, match="`unroll=True`"):
        export_tflite(model, path, quantize="int8", representative_data=data)
    report = export_tflite(model, path, verify_data=data)
    assert any(x.name == "WHILE" for x in report.operators)
    assert report.relative_error < 1e-5


@pytest.mark.parametrize("mode", ["int4", {"*": "int8"}])
def test_rules_quantize_what_surrounds_a_loop(tmp_path, mode):
    inputs = keras.Input((5, 6))
    # Nobody reads the whole sequence, which LiteRT then keeps nowhere.
    x = layers.LSTM(8)(inputs)
    model = keras.Model(inputs, layers.Dense(4, name="head")(x))
    data = NETWORKS["recurrent"].sample(np.random.default_rng(0), 60)
    path = tmp_path / "m.tflite"
    settings = {
        "quantize": mode,
        "representative_data": data,
        "layer_report": True,
    }
    if mode == "int4":
        with pytest.raises(InvalidInputError, match="only integer operators"):
            export_tflite(model, path, **settings)
        return
    report = export_tflite(model, path, **settings)
    assert any(x.name == "WHILE" for x in report.operators)
    head = [x for x in report.layer_report.layers if "head" in x.name]
    assert 10 < head[0].snr_db < 60
    expected = model.predict(data, verbose=0)
    error = np.abs(evaluate_tflite(path, data) - expected).max()
    assert 0 < error < 0.1 * np.abs(expected).max()


def test_integer_ends(tmp_path, models):
    data = NETWORKS["several_ends"].sample(np.random.default_rng(0), 200)
    path = tmp_path / "m.tflite"
    report = export_tflite(
        models("several_ends"),
        path,
        quantize="int8",
        representative_data=data,
        input_type="int8",
        output_type="uint8",
    )
    assert [x.dtype for x in report.inputs] == ["int8", "int8"]
    assert [x.dtype for x in report.outputs] == ["uint8"] * 3
    # Each input was calibrated on its own data.
    for info, array in zip(report.inputs, data, strict=True):
        span = float(array.max() - array.min())
        assert info.scale == pytest.approx(span / 255, rel=0.02)
    names = {x.name for x in report.operators}
    assert "DEQUANTIZE" not in names
    outputs = evaluate_tflite(path, data)
    assert [x.dtype.name for x in outputs] == ["float32"] * 3


def test_integer_inputs_stay_as_they_are(tmp_path, models):
    data = NETWORKS["embedded"].sample(np.random.default_rng(0), 60)
    report = export_tflite(
        models("embedded"),
        tmp_path / "m.tflite",
        quantize="int8",
        representative_data=data,
        input_type="int8",
        output_type="int8",
    )
    assert report.inputs[0].dtype == "int32"
    assert report.outputs[0].dtype == "int8"


def test_an_input_may_also_be_an_output(tmp_path):
    inputs = keras.Input((4,), name="values")
    model = keras.Model(inputs, [inputs, layers.Dense(2, name="d")(inputs)])
    report = export_tflite(model, tmp_path / "m.tflite")
    assert report.inputs[0].name == report.outputs[0].name == "values"


def test_mixed_precision_is_exported_in_float32(tmp_path):
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, dtype="mixed_float16")(inputs)
    x = layers.Dense(3, dtype="mixed_bfloat16")(layers.Flatten()(x))
    model = keras.Model(inputs, x)
    report = export_tflite(model, tmp_path / "m.tflite")
    assert report.outputs[0].dtype == "float32"
    assert "2 layers compute in half precision" in report.warnings[0]
    policies = [layer.dtype_policy.name for layer in model.layers]
    assert policies == ["float32", "mixed_float16", "float32", "mixed_bfloat16"]


def test_warns_of_random_and_few_samples(tmp_path, toy, toy_data):
    path = tmp_path / "m.tflite"
    report = export_tflite(toy, path)
    assert report.verification.origin == "random inputs"
    assert report.warnings == ()
    report = export_tflite(toy, path, quantize="float16")
    assert (
        "Compared with the Keras model on random numbers" in report.warnings[0]
    )
    report = export_tflite(
        toy,
        path,
        quantize="int8",
        representative_data=toy_data[:20],
        verify_data=toy_data,
    )
    assert "come from 20 samples only" in report.warnings[0]
    assert report.verification.origin == "verify_data"
    assert report.verification.num_samples == 64


def test_uses_a_limited_number_of_samples(tmp_path, toy):
    data = np.random.default_rng(0).normal(size=(3000, 4))
    report = export_tflite(
        toy, tmp_path / "m.tflite", quantize="int8", representative_data=data
    )
    assert report.calibration_samples == 500
    assert report.verification.num_samples == 64


@pytest.mark.parametrize(
    "size, count", [(4, 64), (80_000, 50), (150_000, 26), (10**9, 16)]
)
def test_large_inputs_are_compared_on_fewer_samples(size, count):
    zeros = np.broadcast_to(np.float32(0), (64, size))
    assert verification_count(Samples((zeros,), "tests")) == count


class Impossible(Float32):
    """A mode that no model satisfies."""

    tolerance = Tolerance(spread=0.0, magnitude=-1.0)


def test_failure_leaves_the_older_file(tmp_path, toy):
    path = tmp_path / "m.tflite"
    path.write_bytes(b"older")
    with pytest.raises(VerificationError, match="Nothing was written"):
        export_tflite(toy, path, quantize=Impossible())
    assert path.read_bytes() == b"older"
    assert [x.name for x in tmp_path.iterdir()] == ["m.tflite"]


def test_weights_that_are_not_numbers(tmp_path, toy):
    toy.layers[-1].bias.assign([0.0, np.nan, 0.0])
    with pytest.raises(VerificationError, match="the Keras model holds NaN"):
        export_tflite(toy, tmp_path / "m.tflite")
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_fails_before_the_work(tmp_path, toy):
    with pytest.raises(InvalidInputError, match="there is no folder"):
        export_tflite(toy, tmp_path / "none" / "m.tflite")


def test_full_disk(tmp_path, toy):
    path = tmp_path / "m.tflite"
    path.write_bytes(b"older")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The kernel refuses to let a file grow, as it does on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, limits[1]))
    try:
        with pytest.raises(FileWriteError, match="File too large") as caught:
            export_tflite(toy, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == b"older"
    assert [x.name for x in tmp_path.iterdir()] == ["m.tflite"]


def test_says_nothing(tmp_path, toy, toy_data, capfd, caplog):
    export_tflite(
        toy,
        tmp_path / "m.tflite",
        quantize="int8",
        representative_data=toy_data,
    )
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    assert caplog.records == []


def test_does_not_change_the_model(tmp_path, toy):
    before = [array.copy() for array in toy.get_weights()]
    config = toy.get_config()
    export_tflite(toy, tmp_path / "m.tflite", quantize="dynamic")
    assert toy.get_config() == config
    for old, new in zip(before, toy.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
