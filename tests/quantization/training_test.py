"""Training with fake quantization."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.quantization.networks import (
    IMAGE,
    images,
    residual,
    sequential,
    transformer,
)
from tfprune.quantizers import JoinedFakeQuant, MovingFakeQuant


def fitted(model, jit=False, count=64):
    x = images(count, seed=3)
    y = np.random.default_rng(4).integers(0, 3, count)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    # JAX has no graph in between: without a compiler it takes minutes.
    jit = jit or keras.backend.backend() == "jax"
    model.compile(keras.optimizers.Adam(3e-3), loss, jit_compile=jit)
    return model.fit(x, y, epochs=4, batch_size=16, verbose=0).history["loss"]


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize(
    "build, jit",
    [(residual, False), (residual, True), (transformer, False)],
)
def test_fit_learns(build, jit):
    keras.utils.set_random_seed(1)
    aware = tfprune.quantize_aware(build(), representative_data=images())
    losses = fitted(aware, jit)
    assert losses[-1] < losses[0]


def test_without_data_the_first_batch_sets_the_ranges():
    aware = tfprune.quantize_aware(residual())
    ranges = [
        x
        for x in aware.layers
        if isinstance(x, MovingFakeQuant) and not x.symmetric
    ]
    assert ranges
    assert all(float(x.high) == 0 for x in ranges)
    fitted(aware)
    assert all(float(x.high) > float(x.low) for x in ranges)


def test_representative_data_set_the_ranges_to_their_extremes():
    x = images(40)
    inputs = keras.Input(IMAGE, name="image")
    outputs = layers.GlobalAveragePooling2D()(inputs)
    model = keras.Model(inputs, outputs)
    for data in (x, iter([x[:10], x[10:]])):
        aware = tfprune.quantize_aware(model, representative_data=data)
        found = aware.get_layer("image_range")
        assert float(found.low) == x.min()
        assert float(found.high) == x.max()
        # From here on they follow the batches.
        assert found.momentum == 0.99
        assert not found.widens


def test_dropout_is_off_while_ranges_are_found():
    inputs = keras.Input((4,), name="numbers")
    model = keras.Model(inputs, layers.Dense(3)(layers.Dropout(0.9)(inputs)))
    x = np.random.default_rng(0).normal(size=(50, 4)).astype("float32")
    aware = tfprune.quantize_aware(model, representative_data=x)
    expected = np.asarray(model(x))
    np.testing.assert_allclose(aware(x), expected, atol=0.05)


def test_half_precision_trains_and_rounds_to_the_same_grid():
    keras.utils.set_random_seed(1)
    policy = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        model = transformer()
        aware = tfprune.quantize_aware(model, representative_data=images())
        assert aware(images(2)).dtype == "float16"
        losses = fitted(aware)
    finally:
        keras.mixed_precision.set_dtype_policy(policy)
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_vectors_without_variance_are_normalized(policy):
    # It is rounded to zero, whose inverse root would be infinite.
    keras.utils.set_random_seed(1)
    inputs = keras.Input((5, 6))
    normalize = layers.LayerNormalization(dtype=policy)
    outputs = layers.Dense(3, dtype="float32")(normalize(inputs))
    model = keras.Model(inputs, outputs)
    x = np.random.default_rng(0).normal(size=(32, 5, 6)).astype("float32")
    x[:, 1] = 0
    x[:, 2] = 0.01 * x[:, 2]
    aware = tfprune.quantize_aware(model, representative_data=x)
    expected = array(model(x))
    assert np.square(array(aware(x)) - expected)[:, [0, 3, 4]].mean() < 0.05
    aware.compile(keras.optimizers.Adam(1e-3), "mse")
    losses = aware.fit(x, expected, epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    assert np.isfinite(array(aware(x))).all()
    for weight in aware.weights:
        assert np.isfinite(array(weight)).all(), weight.path


def test_frozen_layers_are_rounded_and_do_not_move():
    model = sequential()
    model.layers[0].trainable = False
    aware = tfprune.quantize_aware(model, representative_data=images())
    layer = aware.get_layer(model.layers[0].name)
    kernel = array(layer.kernel).copy()
    assert float(np.min(array(layer.kernel_quantizer.high))) > 0
    fitted(aware)
    np.testing.assert_array_equal(array(layer.kernel), kernel)


def test_members_of_a_joined_range_move_by_themselves():
    joined = JoinedFakeQuant(members=2, momentum=0.5)
    small = np.array([[-1.0, 1.0]], "float32")
    joined(small, member=0, training=True)
    joined(8 * small, member=1, training=True)
    joined(3 * small, member=0, training=True)
    np.testing.assert_array_equal(array(joined.high), [2, 8])
    np.testing.assert_array_equal(array(joined.low), [-2, -8])
    assert float(joined.grid().scale) == pytest.approx(16 / 255)
    # Both are rounded alike, and inference moves nothing.
    expected = array(joined(5 * small, member=1))
    np.testing.assert_array_equal(array(joined(5 * small)), expected)
    np.testing.assert_array_equal(array(joined.high), [2, 8])


def test_means_of_windows_round_halves_away_from_the_whole_number_zero():
    quantizer = tfprune.quantizers.FixedFakeQuant(low=-128.0, high=127.0)
    x = np.array([-1.5, -0.5, 0.5, 1.5, 2.5, 2.4, -2.6], "float32")
    found = array(quantizer(x, pooled=True))
    np.testing.assert_array_equal(found, [-2, -1, 1, 2, 3, 2, -3])
    even = array(quantizer(x))
    np.testing.assert_array_equal(even, [-2, 0, 0, 2, 2, 2, -3])
