"""Zeros and clusters of weights, through training and export."""

import keras
import numpy as np
import pytest

import tfprune
from tests.quantization.exported import export
from tests.quantization.networks import images, residual, transformer
from tests.quantization.training_test import array, fitted
from tfprune.quantization.kept_clusters import KeptClusters
from tfprune.quantization.kept_zeros import KeptZeros


def kernels(model):
    return {x.name: x.kernel for x in model.layers if hasattr(x, "kernel")}


def sparse():
    """A model with about half of its weights zero, and no filter."""
    keras.utils.set_random_seed(1)
    model, random = residual(), np.random.default_rng(2)
    for kernel in kernels(model).values():
        kernel.assign(array(kernel) * (random.random(kernel.shape) < 0.5))
    return model


def clustered(count=6):
    keras.utils.set_random_seed(1)
    model = residual()
    for kernel in kernels(model).values():
        values = array(kernel)
        centroids = np.quantile(values, np.linspace(0.05, 0.95, count))
        centroids[2] = 0
        nearest = np.abs(values[..., None] - centroids).argmin(-1)
        kernel.assign(centroids[nearest])
    return model


def same_layer(aware, name):
    names = [x.name for x in aware.layers]
    found = f"{name}.unrounded" if f"{name}.unrounded" in names else name
    return aware.get_layer(found)


@pytest.mark.parametrize("jit", [False, True])
def test_zeros_stay_zeros(jit, tmp_path):
    model, x = sparse(), images()
    aware = tfprune.quantize_aware(
        model, representative_data=x, preserve_sparsity=True
    )
    fitted(aware, jit)
    for name, kernel in kernels(model).items():
        trained = array(same_layer(aware, name).kernel)
        zeros = array(kernel) == 0
        np.testing.assert_array_equal(trained == 0, zeros)
    flatbuffer, _ = export(aware, tmp_path, x)
    stored = [
        (np.asarray(x.inputs[1].data) == 0).mean()
        for x in flatbuffer.main.operators
        if x.name in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
    ]
    expected = [(array(x) == 0).mean() for x in kernels(model).values()]
    assert (np.array(stored) >= expected).all()


def test_without_it_zeros_move():
    model = sparse()
    aware = tfprune.quantize_aware(model, representative_data=images())
    fitted(aware)
    assert (array(same_layer(aware, "stem").kernel) != 0).mean() > 0.9


def test_clusters_stay_clusters(tmp_path):
    model, x = clustered(), images()
    aware = tfprune.quantize_aware(
        model,
        representative_data=x,
        preserve_clusters=True,
        preserve_sparsity=True,
    )
    fitted(aware)
    for name, kernel in kernels(model).items():
        trained = array(same_layer(aware, name).kernel)
        assert len(np.unique(trained)) == len(np.unique(array(kernel)))
        assert (trained != array(kernel)).any()
        np.testing.assert_array_equal(trained == 0, array(kernel) == 0)
    flatbuffer, _ = export(aware, tmp_path, x)
    codes = [
        len(np.unique(np.asarray(x.inputs[1].data)))
        for x in flatbuffer.main.operators
        if x.name == "CONV_2D" or x.name == "FULLY_CONNECTED"
    ]
    assert max(codes) <= 6


@pytest.mark.parametrize("preserve", ["preserve_sparsity", "preserve_clusters"])
def test_what_is_kept_is_in_the_model_file(preserve, tmp_path):
    model = clustered()
    aware = tfprune.quantize_aware(
        model, representative_data=images(), **{preserve: True}
    )
    aware.save(tmp_path / "aware.keras")
    loaded = keras.saving.load_model(tmp_path / "aware.keras")
    fitted(loaded)
    found = array(same_layer(loaded, "last").kernel)
    before = array(model.get_layer("last").kernel)
    if preserve == "preserve_sparsity":
        np.testing.assert_array_equal(found == 0, before == 0)
    else:
        assert len(np.unique(found)) == len(np.unique(before))


def test_constraints_on_arrays():
    w = np.array([[1.0, -2.0], [3.0, np.nan]], "float32")
    zeros = KeptZeros(np.array([[True, False], [True, False]]))
    np.testing.assert_array_equal(array(zeros(w)), [[1, 0], [3, 0]])
    clusters = KeptClusters(
        np.array([[0, 1], [0, 300]]), keras.constraints.NonNeg()
    )
    w[1, 1] = 5
    np.testing.assert_array_equal(array(clusters(w)), [[2, 0], [2, 5]])
    for constraint in (zeros, clusters):
        config = keras.saving.serialize_keras_object(constraint)
        again = keras.saving.deserialize_keras_object(config)
        np.testing.assert_array_equal(array(again(w)), array(constraint(w)))


@pytest.mark.parametrize("preserve", ["preserve_sparsity", "preserve_clusters"])
def test_what_is_kept_follows_the_channels(preserve):
    model, x = clustered(), images()
    aware = tfprune.quantize_aware(
        model, representative_data=x, **{preserve: True}
    )
    keep = tfprune.keep_mask(aware, criterion="l1_norm", sparsity=0.4)
    small = tfprune.remove_channels(aware, keep)
    before = {x.name: array(x.kernel) for x in kernel_layers(small)}
    assert small.count_params() < aware.count_params()
    masked = tfprune.mask_channels(aware, keep)
    np.testing.assert_allclose(masked(x), small(x), atol=1e-5)
    fitted(small)
    for layer in kernel_layers(small):
        found, kept = array(layer.kernel), before[layer.name]
        assert (found != kept).any()
        if preserve == "preserve_sparsity":
            np.testing.assert_array_equal(found == 0, kept == 0)
        else:
            pairs = np.stack([kept.ravel(), found.ravel()])
            clusters = len(np.unique(pairs, axis=1).T)
            assert clusters == len(np.unique(kept)) == len(np.unique(found))


def test_channels_between_normalized_steps_are_removed():
    x = images()
    aware = tfprune.quantize_aware(transformer(), representative_data=x)
    keep = tfprune.keep_mask(aware, criterion="l1_norm", sparsity=0.3)
    small = tfprune.remove_channels(aware, keep)
    assert small.count_params() < aware.count_params()
    masked = tfprune.mask_channels(aware, keep)
    np.testing.assert_allclose(masked(x), small(x), atol=1e-4)


def kernel_layers(model):
    return [x for x in model.layers if hasattr(x, "kernel")]
