"""Which quantizer fits where, whichever quantizers there are."""

import keras
import numpy as np
import pytest

from tests.layers.quantized import EXAMPLES
from tfprune.errors import InvalidInputError
from tfprune.layers import QuantDense, QuantLSTM, QuantSeparableConv2D
from tfprune.quantizers import QUANTIZERS, StochasticSign, SubsetQuantizer

NAMES = QUANTIZERS.names()
KINDS = {example.kind: example.arguments for example in EXAMPLES}


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def takes(kind, slot, quantizer):
    try:
        kind(**KINDS[kind], **{slot: quantizer})
    except InvalidInputError as error:
        assert f"{slot} of {kind.__name__}" in str(error)
        assert "\n" not in str(error)
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_what_is_taken_for_inputs_treats_each_example_by_itself(name):
    if not takes(QuantDense, "input_quantizer", name):
        return
    layer = QuantDense(3, input_quantizer=name)
    x = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")
    layer(x, training=True)
    together = array(layer(x))
    apart = np.concatenate([array(layer(x[i : i + 1])) for i in range(8)])
    np.testing.assert_allclose(together, apart, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_taken_for_a_gradient_changes_no_output(name):
    if not takes(QuantDense, "gradient_quantizer", name):
        return
    layer = QuantDense(3, gradient_quantizer=name)
    x = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")
    expected = array(layer(x))
    np.testing.assert_array_equal(array(layer(x, training=True)), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_refuses_the_wrong_kind(kind):
    assert takes(kind, "input_quantizer", "sign")
    for name in ("ternary", "dorefa_weights", "magnitude_aware_sign"):
        assert not takes(kind, "input_quantizer", name)
    assert not takes(kind, "input_quantizer", "dorefa_gradients")
    slots = getattr(kind, "kernel_quantizers", {"": "kernel_quantizer"})
    for slot in slots.values():
        assert takes(kind, slot, "ternary")
        assert not takes(kind, slot, "dorefa_gradients")


def test_the_other_places():
    assert not takes(QuantDense, "gradient_quantizer", StochasticSign(True))
    assert takes(QuantDense, "gradient_quantizer", "dorefa_gradients")
    assert not takes(QuantLSTM, "recurrent_quantizer", "dorefa_gradients")
    for name in ("ternary", "dorefa_gradients"):
        assert not takes(QuantSeparableConv2D, "intermediate_quantizer", name)
    twin = SubsetQuantizer("ternary")
    assert takes(QuantDense, "kernel_quantizer", twin)
    assert not takes(QuantDense, "input_quantizer", twin)
