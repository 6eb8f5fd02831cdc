"""Contract of every handler: what is removed equals what is masked."""

import keras
import pytest

from tests.graph.handler_cases import CASES
from tests.testing import randomize, removal_difference
from tfprune.errors import ExactnessError
from tfprune.graph import Binding, WeightAxis, handled_layers, handles, trace
from tfprune.graph.handlers.registry import find_handler


@pytest.mark.parametrize("case", CASES, ids=str)
def test_removed_equals_masked(case):
    model = case.model()
    for seed in range(2):
        assert removal_difference(model, seed).relative < 1e-5


def test_every_builtin_handler_has_a_case():
    covered = {
        case.kind for case in CASES if case.kind.__module__.startswith("keras.")
    }
    builtin = {
        kind
        for kind in handled_layers()
        if kind.__module__.startswith("keras.")
    }
    assert builtin == covered


@pytest.mark.parametrize(
    "case",
    [c for c in CASES if c.kind is not keras.layers.Normalization],
    ids=str,
)
def test_channels_before_the_layer_can_be_pruned(case):
    mixing = "softmax" in str(
        [getattr(x, "activation", "") for x in case.model().layers]
    ) or (case.kind is keras.layers.Softmax)
    prunable = [g for g in trace(case.model()).groups() if g.prunable]
    assert bool(prunable) or mixing


class RepeatingFlatten(keras.layers.Layer):
    """Flattens; its handler lays the ids out in the wrong order."""

    def call(self, inputs):
        shape = inputs.shape
        return keras.ops.reshape(inputs, (-1, shape[1] * shape[2] * shape[3]))


@handles(RepeatingFlatten)
def repeating_flatten(layer, inputs, channels):
    x = inputs[0]
    return Binding(output=x.ids.ravel().repeat(x.shape[0] * x.shape[1]))


def test_a_planted_fault_in_a_handler_is_caught():
    inputs = keras.Input((4, 4, 3))
    x = keras.layers.Conv2D(6, 1)(inputs)
    outputs = keras.layers.Dense(4)(RepeatingFlatten()(x))
    model = randomize(keras.Model(inputs, outputs))
    assert removal_difference(model).relative > 0.1
    import tfprune

    with pytest.raises(ExactnessError, match="changed its output"):
        tfprune.prune(model, sparsity=0.5)


class Doubled(keras.layers.Dense):
    """A subclass that computes something else."""

    def call(self, inputs):
        return 2 * super().call(inputs)


class Renamed(keras.layers.Dense):
    """A subclass that computes the same."""


def test_a_subclass_inherits_a_handler_only_with_its_call():
    assert find_handler(Renamed(3)) is find_handler(keras.layers.Dense(3))
    assert find_handler(Doubled(3)) is None


class Scale(keras.layers.Layer):
    """Multiplies each channel by a weight."""

    def build(self, shape):
        self.factor = self.add_weight(shape=(shape[-1],))
        self.unused = self.add_weight(shape=(2,))

    def call(self, inputs):
        return inputs * self.factor


@handles(Scale)
def scale(layer, inputs, channels):
    return Binding(
        output=inputs[0].ids,
        axes=(WeightAxis("factor", 0, channels.along(inputs[0], -1), "out"),),
    )


def test_a_weight_that_a_handler_forgets_freezes_the_channels():
    inputs = keras.Input((5,))
    x = keras.layers.Dense(6, name="hidden")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2)(Scale(name="s")(x)))
    (group,) = trace(model).group_of("hidden")
    assert "is not declared by the handler" in str(group.frozen[0])
