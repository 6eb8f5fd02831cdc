"""Handlers of the user's own layers, with nothing but `import tfprune`."""

import keras
import numpy as np
from keras import layers, ops

import tfprune


class Emphasis(layers.Layer):
    """Divides by the mean size of the channels, and scales each."""

    def __init__(self, kept=None, **kwargs):
        super().__init__(**kwargs)
        self.kept = kept

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), name="scale")

    def call(self, x):
        kept = np.ones(x.shape[-1]) if self.kept is None else self.kept
        share = np.asarray(kept, "float32") / np.sum(kept)
        size = ops.sum(ops.abs(x) * share, axis=-1, keepdims=True)
        return x / (size + 0.1) * self.scale

    def get_config(self):
        return {**super().get_config(), "kept": self.kept}


@tfprune.handles(Emphasis)
def emphasis(layer, inputs, channels):
    ids = channels.along(inputs[0], -1)

    def among(keep):
        return Emphasis(kept=keep.tolist(), name=layer.name)

    return tfprune.Binding(
        output=inputs[0].ids,
        axes=(tfprune.WeightAxis("scale", 0, ids, "out"),),
        substitute=tfprune.Substitute(ids, among),
    )


def network():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((5,))
    x = layers.Dense(8, activation="tanh", name="hidden")(inputs)
    x = Emphasis(name="emphasis")(x)
    model = keras.Model(inputs, layers.Dense(3)(x))
    model.get_layer("emphasis").scale.assign(np.linspace(1, 2, 8))
    return model


def test_removed_equals_masked():
    model = network()
    keep = tfprune.keep_mask(model, sparsity=0.5)
    x = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    masked = tfprune.mask_channels(model, keep)
    small = tfprune.remove_channels(model, keep)
    assert small.get_layer("emphasis").scale.shape == (4,)
    np.testing.assert_allclose(masked(x), small(x), rtol=1e-5, atol=1e-6)


def test_prune_checks_it():
    small = tfprune.prune(network(), sparsity=0.5)
    assert small.get_layer("hidden").units == 4


def test_what_a_handler_is_made_of_is_public():
    for name in ("Inputs", "Rescaling", "Rewriting", "Substitute"):
        assert name in tfprune.__all__
        assert hasattr(tfprune, name)
