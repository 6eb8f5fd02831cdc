"""Files of few bits compute what Keras computes, bit for bit."""

import numpy as np
import pytest

from tests.export.low_bit.conftest import RESOLVERS, run
from tests.export.low_bit.networks import NETWORKS, ROUNDED
from tfprune.export import read_tflite

WEIGHTS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
# In these the layers behind the first signs are binary up to the scores.
BINARY = [x for x in NETWORKS if x.startswith("binary")]


@pytest.mark.parametrize("runtime", RESOLVERS)
@pytest.mark.parametrize("name", NETWORKS)
def test_classes_and_signs_are_those_of_keras(packed, name, runtime):
    found = packed(name)
    received = run(found.path, found.data, runtime)
    assert len(received) == len(found.expected)
    scores, *signs = found.expected
    assert scores.std(axis=0).max() > 0
    assert len(set(scores.argmax(axis=1))) > 1
    chosen = np.take_along_axis(
        scores, received[0].argmax(axis=1, keepdims=True), axis=1
    )
    # Equal scores of signs make two classes as good.
    missing = scores.max(axis=1, keepdims=True) - chosen
    assert missing.max() <= (1e-6 if name in ROUNDED else 0)
    for wanted, values in zip(signs, received[1:], strict=True):
        assert set(np.unique(wanted)) == {-1.0, 1.0}
        assert np.array_equal(wanted, values)


@pytest.mark.parametrize("runtime", RESOLVERS)
def test_scores_are_equal_to_the_last_bit(packed, runtime):
    found = packed("binary_dense")
    (scores,) = run(found.path, found.data, runtime)
    assert np.array_equal(scores, found.expected[0])


@pytest.mark.parametrize("name", sorted(set(NETWORKS) - ROUNDED))
def test_scores_are_nearly_equal(packed, name):
    found = packed(name)
    scores = run(found.path, found.data)[0]
    size = np.abs(found.expected[0]).max()
    assert np.abs(scores - found.expected[0]).max() <= 2e-6 * size


@pytest.mark.parametrize("weights", ["int2", "int4", "int8"])
@pytest.mark.parametrize("runtime", RESOLVERS)
def test_every_type_of_weights_computes_the_same(packed, weights, runtime):
    for name in ("binary_pooled", "ternary"):
        found = packed(name, weights)
        received = run(found.path, found.data, runtime)
        for wanted, values in zip(found.expected, received, strict=True):
            assert np.allclose(wanted, values, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", BINARY)
def test_layers_between_signs_compute_with_integers(packed, name):
    model = read_tflite(packed(name).path)
    layers = [x for x in model.operators if x.name in WEIGHTS]
    integer = [x.outputs[0].dtype == "INT8" for x in layers]
    # The first one reads real numbers, the last one gives them.
    assert integer == [False] + [True] * (len(layers) - 2) + [False]
