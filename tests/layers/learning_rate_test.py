"""Kernels that learn faster than their optimizer."""

import keras
import numpy as np
import pytest

from tests.layers.quantized import EXAMPLES
from tfprune.errors import InvalidInputError
from tfprune.layers import (
    QuantConv2D,
    QuantDense,
    QuantSeparableConv2D,
    WeightClip,
    presets,
)

OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(1e-3),
    "momentum": lambda: keras.optimizers.SGD(1e-3, momentum=0.9),
    "adam": lambda: keras.optimizers.Adam(0.001, epsilon=1e-12),
}


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def trained(optimizer, factor, clip=None):
    """The latent kernel before and after two steps."""
    keras.utils.set_random_seed(1)
    layer = QuantDense(
        3,
        kernel_quantizer="sign",
        kernel_constraint=clip,
        kernel_initializer=keras.initializers.RandomUniform(-0.5, 0.5, seed=1),
        learning_rate_multiplier=factor,
    )
    model = keras.Sequential([keras.Input((4,)), layer])
    before = array(layer.latent_kernel()).copy()
    model.compile(optimizer, "mse", jit_compile=False)
    generator = np.random.default_rng(0)
    x = generator.normal(size=(8, 4)).astype("float32")
    y = generator.normal(size=(8, 3)).astype("float32")
    model.fit(x, y, batch_size=4, epochs=1, shuffle=False, verbose=0)
    return before, array(layer.latent_kernel())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_any_optimizer_moves_them_so_much_further(name):
    start, slow = trained(OPTIMIZERS[name](), 1.0)
    same, fast = trained(OPTIMIZERS[name](), 5.0)
    np.testing.assert_allclose(same, start, rtol=1e-6)
    np.testing.assert_array_equal(fast >= 0, slow >= 0)
    np.testing.assert_allclose(fast - same, 5 * (slow - start), rtol=1e-3)


def test_what_goes_too_far_is_clipped_afterwards():
    start, slow = trained(OPTIMIZERS["sgd"](), 1.0)
    _, fast = trained(OPTIMIZERS["sgd"](), 600.0, WeightClip(0.6))
    wanted = start + 600 * (slow - start)
    assert (np.abs(wanted) > 0.6).any()
    assert np.abs(fast).max() <= 0.6 + 1e-6


@pytest.mark.parametrize(
    ("layer", "shape", "fans"),
    [
        (QuantDense(5, learning_rate_multiplier="glorot"), (None, 7), 7 + 5),
        (
            QuantConv2D(5, 3, learning_rate_multiplier="glorot"),
            (None, 8, 8, 4),
            9 * (4 + 5),
        ),
    ],
)
def test_the_factor_of_glorot(layer, shape, fans):
    layer.build(shape)
    factor = layer.get_config()["learning_rate_multiplier"]["kernel"]
    np.testing.assert_allclose(factor, (fans / 1.5) ** 0.5)
    # The initializer is that of the latent weights.
    limit = np.sqrt(6 / fans)
    latent = array(layer.latent_kernel())
    assert 0.8 * limit < np.abs(latent).max() <= limit
    np.testing.assert_allclose(array(layer.kernel) * factor, latent, rtol=1e-6)


def test_each_kernel_has_a_factor_of_its_own():
    layer = QuantSeparableConv2D(5, 3, learning_rate_multiplier="glorot")
    layer.build((None, 8, 8, 4))
    copy = QuantSeparableConv2D.from_config(layer.get_config())
    copy.build((None, 8, 8, 2))
    expected = {
        "depthwise_kernel": np.sqrt(9 * (4 + 1) / 1.5),
        "pointwise_kernel": np.sqrt((4 + 5) / 1.5),
    }
    # A smaller copy keeps the factors.
    assert copy.get_config()["learning_rate_multiplier"] == pytest.approx(
        expected
    )


def test_a_preset_starts_anywhere_between_its_bounds():
    layer = QuantDense(64, **presets.binary_connect())
    layer.build((None, 100))
    latent = array(layer.latent_kernel())
    assert 0.99 < latent.max() <= 1
    assert latent.std() == pytest.approx(1 / np.sqrt(3), rel=0.05)


@pytest.mark.parametrize(
    "value",
    [0, -1, "fast", None, float("inf"), float("nan"), True, {"kernel": "fast"}],
)
def test_other_factors_are_refused(value):
    with pytest.raises(
        InvalidInputError, match="Expected learning_rate_multiplier of"
    ):
        QuantDense(3, learning_rate_multiplier=value)


@pytest.mark.parametrize("name", ["kernal", "depthwise_kernel", "bias"])
def test_names_of_other_kernels_are_refused(name):
    hint = " Did you mean 'kernel'" if name != "bias" else ""
    with pytest.raises(
        InvalidInputError, match=f"QuantDense has no kernel '{name}'.{hint}"
    ):
        QuantDense(3, learning_rate_multiplier={name: 2.0})


def test_factors_by_the_names_of_kernels():
    given = {"depthwise_kernel": "glorot", "pointwise_kernel": np.float32(3)}
    layer = QuantSeparableConv2D(5, 3, learning_rate_multiplier=given)
    layer.build((None, 8, 8, 4))
    expected = {
        "depthwise_kernel": np.sqrt(9 * (4 + 1) / 1.5),
        "pointwise_kernel": 3,
    }
    found = layer.get_config()["learning_rate_multiplier"]
    assert found == pytest.approx(expected)
    assert all(type(x) is float for x in found.values())


RECURRENT = [x for x in EXAMPLES if hasattr(x.kind, "inner_loop")]


def moved(example, factor, clip=None):
    """The latent kernels of a recurrent layer before and after two steps."""
    keras.utils.set_random_seed(1)
    layer = example.make(
        learning_rate_multiplier=factor,
        kernel_constraint=clip,
        recurrent_constraint=clip,
    )
    model = keras.Sequential([keras.Input(example.shape), layer])
    names = ("kernel", "recurrent_kernel")
    before = [array(layer.latent_kernel(x)).copy() for x in names]
    model.compile(keras.optimizers.SGD(1e-4), "mse", jit_compile=False)
    x = example.inputs(8)
    y = np.ones((8, 5, 3), "float32")
    model.fit(x, y, batch_size=4, epochs=1, shuffle=False, verbose=0)
    return before, [array(layer.latent_kernel(x)) for x in names], model


@pytest.mark.parametrize("example", RECURRENT, ids=str)
def test_kernels_of_recurrent_layers_learn_faster(example, tmp_path):
    factors = {"kernel": 4.0, "recurrent_kernel": 2.5}
    start, slow, _ = moved(example, 1.0)
    same, fast, model = moved(example, factors)
    for i, factor in enumerate(factors.values()):
        np.testing.assert_allclose(same[i], start[i], rtol=1e-6)
        assert np.abs(slow[i] - start[i]).max() > 0
        np.testing.assert_allclose(
            fast[i] - same[i],
            factor * (slow[i] - start[i]),
            rtol=2e-2,
            atol=5e-7,
        )
    layer = model.layers[-1]
    assert layer.get_config()["learning_rate_multiplier"] == factors
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = example.inputs(3)
    np.testing.assert_array_equal(array(loaded(x)), array(model(x)))


@pytest.mark.parametrize("example", RECURRENT, ids=str)
def test_kernels_of_recurrent_layers_are_clipped_as_they_are_used(example):
    _, found, model = moved(example, "glorot", WeightClip(0.2))
    layer = model.layers[-1]
    gates = layer.cell.kernel.shape[-1]
    expected = {
        "kernel": np.sqrt((4 + gates) / 1.5),
        "recurrent_kernel": np.sqrt((3 + gates) / 1.5),
    }
    config = layer.get_config()
    assert config["learning_rate_multiplier"] == pytest.approx(expected)
    for latent in found:
        # The last step may have moved what the first one clipped.
        assert 0.199 < np.abs(latent).max() <= 0.2 + 1e-6
    # What the user gave is what is saved.
    assert config["kernel_constraint"]["class_name"] == "WeightClip"
    assert config["recurrent_initializer"]["class_name"] == "Orthogonal"
