"""Sparse files, against the dense ones that they come from."""

import json

import keras
import numpy as np
import pytest
from keras import layers

from tfprune.errors import InvalidInputError, VerificationError
from tfprune.export import (
    evaluate_tflite,
    export_tflite,
    inspect_tflite,
    read_tflite,
    sparsify_tflite,
)
from tfprune.export.sparsity.compressed_rows import compress
from tfprune.export.sparsity.sparsify import difference


def expanded(rows, shape, block):
    """The dense array, read off the table by loops."""
    *_, axis = (x for x in rows.table.dimMetadata if x.arraySegments)
    segments, positions = axis.arraySegments.values, axis.arrayIndices.values
    array = np.zeros(shape, rows.values.dtype).reshape(-1, shape[-1])
    blocks = rows.values.reshape(-1, block)
    for row in range(len(array)):
        for index in range(segments[row], segments[row + 1]):
            start = positions[index] * block
            array[row, start : start + block] = blocks[index]
    return array.reshape(shape)


@pytest.mark.parametrize("shape", [(3, 8), (300, 16), (2, 3, 3, 8)])
@pytest.mark.parametrize("block", [1, 4])
@pytest.mark.parametrize("density", [0.0, 0.1, 1.0])
def test_nothing_but_zeros_is_left_out(shape, block, density):
    generator = np.random.default_rng(0)
    array = generator.normal(size=shape).astype("f4")
    array *= generator.random(shape) < density
    rows = compress(array, block)
    np.testing.assert_array_equal(expanded(rows, shape, block), array)
    assert rows.sparsity == pytest.approx(1 - rows.values.size / array.size)
    if block == 1:
        assert rows.values.size == np.count_nonzero(array)


def pruned_dense(block, zeros=0.9):
    """Two dense layers with zeros in blocks along the inputs."""
    inputs = keras.Input((64,), name="values")
    x = layers.Dense(300, activation="relu", name="wide")(inputs)
    model = keras.Model(inputs, layers.Dense(5, name="last")(x))
    generator = np.random.default_rng(1)
    for layer in model.layers[1:]:
        count, units = layer.kernel.shape
        kept = generator.random((count // block, units)) > zeros
        layer.kernel.assign(
            generator.normal(size=(count, units)) * kept.repeat(block, axis=0)
        )
        layer.bias.assign(generator.normal(size=units))
    return model


def pruned_convolutions():
    inputs = keras.Input((12, 12, 3), name="image")
    x = layers.Conv2D(32, 3, strides=2, activation="relu")(inputs)
    x = layers.Conv2D(64, 1, activation="relu")(x)
    x = layers.Conv2D(32, 3)(x)
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(x))
    generator = np.random.default_rng(2)
    for layer in model.layers[1:4]:
        kernel = generator.normal(size=layer.kernel.shape)
        layer.kernel.assign(kernel * (generator.random(kernel.shape) > 0.9))
    return model


@pytest.mark.parametrize(
    "model, form",
    [
        (lambda: pruned_dense(4), "1x4 blocks"),
        (lambda: pruned_dense(1), "single zeros"),
        (pruned_convolutions, "single zeros"),
    ],
)
def test_is_smaller_and_computes_the_same(tmp_path, model, form):
    export_tflite(model(), tmp_path / "dense.tflite")
    report = sparsify_tflite(
        tmp_path / "dense.tflite", tmp_path / "sparse.tflite"
    )
    assert form in {x.form for x in report.weights}
    assert report.bytes_after == (tmp_path / "sparse.tflite").stat().st_size
    assert report.bytes_after < 0.45 * report.bytes_before
    shape = read_tflite(tmp_path / "dense.tflite").main.inputs[0].shape[1:]
    data = np.random.default_rng(3).normal(size=(40, *shape)).astype("f4")
    wanted = evaluate_tflite(tmp_path / "dense.tflite", data)
    received = evaluate_tflite(tmp_path / "sparse.tflite", data)
    assert wanted.std() > 0.1
    np.testing.assert_allclose(received, wanted, rtol=1e-4, atol=1e-4)
    assert json.loads(report.to_json()) == report.as_dict()
    assert form in str(report)


def test_versions_of_sparse_operators(tmp_path):
    export_tflite(pruned_dense(4), tmp_path / "dense.tflite")
    sparsify_tflite(tmp_path / "dense.tflite", tmp_path / "sparse.tflite")
    operators = {
        (x.name, x.version)
        for x in inspect_tflite(tmp_path / "sparse.tflite").operators
    }
    assert ("FULLY_CONNECTED", 8) in operators


def test_int8_convolutions_get_smaller(tmp_path):
    data = np.random.default_rng(0).normal(size=(60, 12, 12, 3)).astype("f4")
    export_tflite(
        pruned_convolutions(),
        tmp_path / "dense.tflite",
        quantize="int8",
        representative_data=data,
    )
    report = sparsify_tflite(
        tmp_path / "dense.tflite", tmp_path / "sparse.tflite", verify_data=data
    )
    assert report.bytes_after < 0.7 * report.bytes_before
    np.testing.assert_array_equal(
        evaluate_tflite(tmp_path / "dense.tflite", data),
        evaluate_tflite(tmp_path / "sparse.tflite", data),
    )


@pytest.mark.parametrize(
    "mode, part",
    [
        ("dynamic", "compute garbage with sparse weights of this mode"),
        ("int8", "refuse sparse int8 dense layers"),
        ("float16", "gets smaller without its zeros"),
    ],
)
def test_refuses_what_runtimes_get_wrong(tmp_path, mode, part):
    data = np.random.default_rng(0).normal(size=(60, 64)).astype("f4")
    export_tflite(
        pruned_dense(4),
        tmp_path / "dense.tflite",
        quantize=mode,
        representative_data=data,
        # Else the last layer is too small for dynamic integers.
        strip=False,
    )
    with pytest.raises(InvalidInputError, match=part) as caught:
        sparsify_tflite(tmp_path / "dense.tflite", tmp_path / "new.tflite")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "new.tflite").exists()


def test_refuses_dense_weights(tmp_path):
    export_tflite(pruned_dense(4, zeros=0.0), tmp_path / "dense.tflite")
    with pytest.raises(InvalidInputError, match="smaller .*: too few zeros"):
        sparsify_tflite(tmp_path / "dense.tflite", tmp_path / "new.tflite")


def test_sparse_files_stay(tmp_path):
    export_tflite(pruned_dense(4), tmp_path / "dense.tflite")
    sparsify_tflite(tmp_path / "dense.tflite", tmp_path / "sparse.tflite")
    with pytest.raises(InvalidInputError, match="it is sparse already"):
        sparsify_tflite(tmp_path / "sparse.tflite", tmp_path / "new.tflite")


def test_what_is_no_number_in_both_files_is_equal():
    odd = np.array([np.nan, np.inf, -np.inf, 2.0], "f4")
    assert difference(odd, odd) == 0.0
    with pytest.raises(VerificationError, match="differs"):
        difference(odd, np.array([1.0, np.inf, -np.inf, 2.0], "f4"))
    with pytest.raises(VerificationError, match="differs"):
        difference(odd, np.array([np.nan, np.inf, -np.inf, 2.1], "f4"))
