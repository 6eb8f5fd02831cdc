"""Layers that stay finer, so that accuracy is kept."""

import keras
import numpy as np
import pytest

import tfprune
from tfprune.errors import InvalidInputError, VerificationError
from tfprune.export import evaluate_tflite, export_tflite, read_tflite
from tfprune.export.quantization.accuracy_limit import fewest


@pytest.fixture(scope="module")
def spoilt():
    """A classifier whose second layer no grid of 8 bits holds, and data."""
    inputs = keras.Input((16,), name="values")
    x = keras.layers.Dense(16, name="first", activation="relu")(inputs)
    x = keras.layers.Dense(16, name="spoilt", activation="relu")(x)
    outputs = keras.layers.Dense(4, name="last")(x)
    model = keras.Model(inputs, outputs, name="net")
    generator = np.random.default_rng(1)
    for layer in model.layers[1:]:
        layer.kernel.assign(generator.normal(size=layer.kernel.shape))
    first, kernel = (
        np.array(model.get_layer(name).kernel) for name in ("first", "spoilt")
    )
    first[:, 0] = 0
    kernel[0, 0] = 400
    model.get_layer("first").kernel.assign(first)
    model.get_layer("spoilt").kernel.assign(kernel)
    x = generator.normal(size=(300, 16)).astype("f4")
    return model, x, model.predict(x, verbose=0).argmax(axis=1)


def weight_types(path):
    return [
        operator.inputs[1].dtype
        for operator in read_tflite(path).operators
        if operator.name == "FULLY_CONNECTED"
    ]


def accuracy(path, x, y):
    return (evaluate_tflite(path, x).argmax(axis=1) == y).mean()


@pytest.mark.parametrize("ends", ["float32", "int8"])
def test_leaves_the_layer_that_suffers(spoilt, tmp_path, ends):
    model, x, y = spoilt
    path = tmp_path / "plain.tflite"
    with pytest.raises(VerificationError):
        # Too wrong even to be written; stripped, it is not: the large weight
        # reads a channel that is always zero.
        export_tflite(
            model, path, quantize="int8", representative_data=x, strip=False
        )
    path = tmp_path / "limited.tflite"
    report = export_tflite(
        model,
        path,
        quantize="int8",
        representative_data=x,
        input_type=ends,
        max_accuracy_drop=0.03,
        labelled_data=(x, y),
    )
    assert weight_types(path) == ["INT8", "FLOAT32", "INT8"]
    assert accuracy(path, x, y) >= 0.97
    assert report.inputs[0].dtype == ends
    assert report.warnings[0].startswith(
        "To keep the accuracy, 1 operators stay float32: net/spoilt/"
    )


def test_changes_nothing_where_nothing_is_lost(exported, models, tmp_path):
    found = exported("residual")
    labels = evaluate_tflite(found.path, found.data).argmax(axis=1)
    export_tflite(
        models("residual"),
        tmp_path / "limited.tflite",
        quantize="int8",
        representative_data=found.data,
        max_accuracy_drop=0.2,
        labelled_data=(found.data, labels),
    )
    plain = exported("residual", "int8").path.read_bytes()
    assert (tmp_path / "limited.tflite").read_bytes() == plain


def test_int4_falls_back_to_int8(spoilt, tmp_path):
    model, x, y = spoilt
    path = tmp_path / "m.tflite"
    with pytest.raises(VerificationError, match="all operators but one in"):
        export_tflite(
            model,
            path,
            quantize="int4",
            representative_data=x,
            max_accuracy_drop=0.0,
            labelled_data=(x, y),
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "changes, part",
    [
        ({"max_accuracy_drop": -1}, "from 0 to 1, with `labelled_data`"),
        ({"labelled_data": None}, "Received: 0.01 without data."),
        ({"labelled_data": 3}, "as a pair (x, y)"),
        ({"labelled_data": (np.zeros((3, 9)), [1, 2, 3])}, "shape (3, 9)"),
        ({"labelled_data": (np.zeros((3, 16)), [1, 2])}, "3 integers"),
        ({"labelled_data": (np.zeros((2, 16)), np.eye(2))}, "argmax on one"),
    ],
)
def test_refuses_in_one_line(spoilt, tmp_path, changes, part):
    model, x, y = spoilt
    arguments = {
        "max_accuracy_drop": 0.01,
        "labelled_data": (x, y),
        "quantize": "dynamic",
    }
    with pytest.raises(InvalidInputError) as caught:
        export_tflite(model, tmp_path / "m", **(arguments | changes))
    assert part in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("bits", [{"first": 4}, 8])
def test_refuses_ranges_that_were_trained(spoilt, tmp_path, bits):
    model, x, y = spoilt
    aware = tfprune.quantize_aware(
        model, representative_data=x, weight_bits=bits
    )
    with pytest.raises(InvalidInputError, match="`layers` of") as caught:
        export_tflite(
            aware,
            tmp_path / "m",
            max_accuracy_drop=0.01,
            labelled_data=(x, y),
        )
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wanted", range(1, 12))
def test_fewest_finds_the_least(wanted):
    tried = []

    def passes(count):
        tried.append(count)
        return count >= wanted

    assert fewest("x" * 12, passes) == wanted
    assert len(tried) <= 8


def test_fewest_gives_up_at_all():
    assert fewest("x" * 12, lambda count: count >= 12) is None
    assert fewest("x", lambda count: True) is None
    assert fewest("", lambda count: True) is None
