"""Operations in a user's `call` lose channels as they should."""

import re

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune
from tests.graph.operation_cases import CASES, CHANNELS, STEPS
from tests.testing import random_keep_mask, randomize, removal_difference
from tfprune.graph import handled_operations
from tfprune.graph.handlers import applications
from tfprune.graph.handlers.operations import elementwise_operation
from tfprune.surgery import difference
from tfprune.surgery.rebuild import rebuild

ARGUMENTS = {"Cast": ("int32",), "Clip": (0.2, 0.7), "Threshold": (0.3, 0.1)}


class Operations(layers.Layer):
    """Computes what a case says."""

    def __init__(self, case, **kwargs):
        super().__init__(**kwargs)
        self.case = case

    def build(self, shape):
        for name, size in CASES[self.case].weights.items():
            setattr(self, name, self.add_weight(shape=size, name=name))

    def call(self, x):
        return CASES[self.case].function(self, x)

    def get_config(self):
        return {**super().get_config(), "case": self.case}


def network(name: str) -> keras.Model:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((STEPS, 5))
    x = layers.Dense(CHANNELS, activation="tanh", name="before")(inputs)
    x = Operations(name, name="operations")(x)
    if len(x.shape) > 1:
        x = layers.Dense(7, activation="relu", name="after")(x)
    if len(x.shape) > 2:
        x = layers.Flatten()(x)
    return randomize(keras.Model(inputs, layers.Dense(3)(x)))


@pytest.mark.parametrize("name", CASES)
def test_what_can_be_pruned(name):
    case = CASES[name]
    graph = tfprune.trace(network(name))
    found = graph.group_of("before")
    assert sum(x.width for x in found if x.prunable) == case.width
    reasons = " ".join(str(y) for x in found for y in x.frozen)
    assert case.reason in reasons
    assert bool(reasons) == bool(case.reason)
    assert all(x.prunable for x in graph.group_of("after"))


@pytest.mark.parametrize("name", CASES)
def test_removed_equals_masked(name):
    model = network(name)
    for seed in range(2):
        assert removal_difference(model, seed).relative < 1e-5


@pytest.mark.parametrize("name", CASES)
def test_removed_equals_masked_in_a_layer_that_stays(name):
    model = network(name)
    for seed in range(2):
        keep = random_keep_mask(tfprune.trace(model, flatten=False), seed)
        masked = tfprune.mask_channels(model, keep, flatten=False)
        small = tfprune.remove_channels(model, keep, flatten=False)
        assert difference(masked, small).relative < 1e-5
        assert type(small.get_layer("operations")) is Operations


@pytest.mark.parametrize("flatten", [None, False])
@pytest.mark.parametrize("name", CASES)
def test_a_copy_computes_the_same(name, flatten):
    model = network(name)
    copy = rebuild(tfprune.trace(model, flatten=flatten))
    assert difference(model, copy).relative < 1e-6


def test_all_channels_beside_a_picked_one_can_go():
    model = network("a channel by its number")
    graph = tfprune.trace(model)
    kept = {
        name: x.copy()
        for name, x in tfprune.KeepMask.ones_like(graph).channels.items()
    }
    kept["before"][:] = np.arange(CHANNELS) == 2
    keep = tfprune.KeepMask(kept)
    masked = tfprune.mask_channels(model, keep)
    small = tfprune.remove_channels(model, keep)
    assert difference(masked, small).relative < 1e-5
    assert small.get_layer("before").units == 1


def test_every_operation_that_is_not_elementwise_has_a_case():
    wanted = {
        name
        for name, handler in handled_operations().items()
        if handler is not elementwise_operation
        # These are layers of `keras.applications`.
        and handler.__module__ != applications.__name__
    }
    seen = {
        type(step.operation).__name__
        for name in CASES
        for step in tfprune.trace(network(name)).steps
    }
    # TensorFlow cannot tell the shape of `inner` in a `call`.
    assert wanted - seen <= {"Inner"}


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, handler in handled_operations().items()
        if handler is elementwise_operation
    ],
)
def test_an_elementwise_operation_knows_no_order(name):
    function = getattr(ops, re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(), None)
    if function is None:
        pytest.skip("this Keras has no such operation")
    x = np.linspace(0.05, 0.95, 24, dtype="float32").reshape(4, 6)
    order = np.random.default_rng(0).permutation(24)
    x = (10 * x).astype("int32") if name == "BitwiseNot" else x
    moved = x.ravel()[order].reshape(4, 6)
    before, after = (
        ops.convert_to_numpy(function(part, *ARGUMENTS.get(name, ())))
        for part in (x, moved)
    )
    np.testing.assert_array_equal(before.ravel()[order], after.ravel())
