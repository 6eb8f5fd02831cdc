"""Models that were trained as integers compute, and the files of them."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.quantization.exported import export, scale_of, steps_apart
from tests.quantization.networks import (
    IMAGE,
    NETWORKS,
    concatenating,
    gated,
    images,
    residual,
    transformer,
    with_biases,
)

# LiteRT's kernels approximate softmax, and round products in few bits.
APPROXIMATE = {"transformer": 4}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_file_has_integers_only_and_computes_what_the_model_does(
    name, tmp_path
):
    keras.utils.set_random_seed(1)
    x = images()
    model = with_biases(NETWORKS[name]())
    before = [np.array(w) for w in model.get_weights()]
    aware = tfprune.quantize_aware(model, representative_data=x)
    steps = steps_apart(aware, tmp_path, x)
    assert steps.max() <= APPROXIMATE.get(name, 1) * 1.001
    # Sums of floats end between two steps, once in a while.
    assert (steps > 0.5).mean() <= (0.3 if name in APPROXIMATE else 0.01)
    assert np.asarray(aware(x)).std(axis=0).max() > 0.01
    flatbuffer, report = export(aware, tmp_path, x)
    assert report.calibration_samples == 0
    assert not report.warnings
    first, *inner, last = flatbuffer.main.operators
    assert (first.name, last.name) == ("QUANTIZE", "DEQUANTIZE")
    for operator in inner:
        assert all(x.dtype == "INT8" for x in operator.outputs)
    # The model itself is as it was.
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_are_near_to_those_of_floats(name):
    keras.utils.set_random_seed(2)
    x = images()
    model = NETWORKS[name]()
    aware = tfprune.quantize_aware(model, representative_data=x)
    expected = np.asarray(model(x))
    error = np.sqrt(np.square(np.asarray(aware(x)) - expected).mean())
    assert 0 < error < 0.15 * expected.std()


@pytest.mark.parametrize("name", NETWORKS)
def test_a_model_file_brings_everything_back(name, tmp_path):
    x = images(4)
    aware = tfprune.quantize_aware(NETWORKS[name](), representative_data=x)
    aware.save(tmp_path / "aware.keras")
    loaded = keras.saving.load_model(tmp_path / "aware.keras")
    np.testing.assert_array_equal(np.asarray(loaded(x)), np.asarray(aware(x)))


def test_a_rectifier_is_part_of_what_is_before_it(tmp_path):
    x = images()
    aware = tfprune.quantize_aware(residual(), representative_data=x)
    flatbuffer, _ = export(aware, tmp_path, x)
    assert [x.name for x in flatbuffer.main.operators] == [
        "QUANTIZE",
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "CONV_2D",
        "ADD",
        "MAX_POOL_2D",
        "CONV_2D",
        "MEAN",
        "FULLY_CONNECTED",
        "SOFTMAX",
        "DEQUANTIZE",
    ]
    names = [x.name for x in aware.layers]
    assert "stem_relu_range" in names
    assert "stem_range" not in names


def test_kernels_of_convolutions_have_a_scale_for_each_filter(tmp_path):
    x = images()
    aware = tfprune.quantize_aware(residual(), representative_data=x)
    flatbuffer, _ = export(aware, tmp_path, x)
    counts = {
        x.name: len(scale_of(x.inputs[1]))
        for x in flatbuffer.main.operators
        if x.name in ("DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
    }
    assert counts == {"DEPTHWISE_CONV_2D": 6, "FULLY_CONNECTED": 1}
    for quantizer, operator in (("last", 6), ("classes.unrounded", 8)):
        names = [x.name for x in aware.layers]
        if quantizer in names:
            grid = aware.get_layer(quantizer).kernel_quantizer.grid()
            found = scale_of(flatbuffer.main.operators[operator].inputs[1])
            np.testing.assert_allclose(found, np.atleast_1d(grid.scale))


def test_what_is_concatenated_has_one_scale(tmp_path):
    x = images()
    aware = tfprune.quantize_aware(concatenating(), representative_data=x)
    flatbuffer, _ = export(aware, tmp_path, x)
    merged = [x for x in flatbuffer.main.operators if x.name == "CONCATENATION"]
    assert len(merged) == 2
    found = {
        tuple(scale_of(tensor))
        for operator in merged
        for tensor in (*operator.inputs, *operator.outputs)
    }
    assert len(found) == 1
    (joined,) = [
        x
        for x in aware.layers
        if isinstance(x, tfprune.quantizers.JoinedFakeQuant)
    ]
    assert joined.members == 3
    # The range is that of the widest member.
    assert float(joined.grid().scale) == pytest.approx(
        (np.max(joined.high) - min(np.min(joined.low), 0)) / 255
    )


@pytest.mark.parametrize(
    "operator, scale, zero",
    [
        ("LOGISTIC", 1 / 256, -128),
        ("TANH", 1 / 128, 0),
        ("SOFTMAX", 1 / 256, -128),
    ],
)
def test_ranges_that_the_runtime_dictates(operator, scale, zero, tmp_path):
    x = images()
    for build in (gated, residual):
        aware = tfprune.quantize_aware(build(), representative_data=x)
        flatbuffer, _ = export(aware, tmp_path, x)
        for found in flatbuffer.main.operators:
            if found.name == operator:
                quantization = found.outputs[0].quantization
                assert quantization.scales.tolist() == [scale]
                assert quantization.zero_points.tolist() == [zero]
                return
    raise AssertionError(f"no {operator}")


def test_a_sigmoid_in_a_concatenation_is_rounded_twice(tmp_path):
    inputs = keras.Input((6, 6, 3))
    x = keras.layers.Conv2D(4, 1, activation="relu")(inputs)
    y = keras.layers.Activation("sigmoid")(inputs)
    outputs = keras.layers.Concatenate()([x, y])
    model = keras.Model(inputs, outputs)
    data = np.random.default_rng(0).normal(size=(20, 6, 6, 3)).astype("f4")
    aware = tfprune.quantize_aware(model, representative_data=data)
    # LiteRT changes scales with 8 bits of precision.
    assert steps_apart(aware, tmp_path, data).max() <= 1.001


@pytest.mark.parametrize("size, padding", [(2, "valid"), (3, "same")])
def test_means_of_windows_round_as_the_runtime_does(size, padding, tmp_path):
    inputs = keras.Input((9, 9, 3))
    pool = keras.layers.AveragePooling2D(size, strides=2, padding=padding)
    model = keras.Model(inputs, pool(inputs))
    x = np.random.default_rng(0).normal(size=(20, 9, 9, 3)).astype("float32")
    aware = tfprune.quantize_aware(model, representative_data=x)
    assert steps_apart(aware, tmp_path, x).max() < 0.01


def test_attention_and_layer_normalization_are_computed_in_steps(tmp_path):
    x = images()
    model = transformer(2)
    aware = tfprune.quantize_aware(model, representative_data=x)
    flatbuffer, _ = export(aware, tmp_path, x)
    names = [x.name for x in flatbuffer.main.operators]
    assert names.count("BATCH_MATMUL") == 4
    assert names.count("RSQRT") == 5
    assert names.count("SOFTMAX") == names.count("GELU") == 2


def test_tokens_are_looked_up_as_integers(tmp_path):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((6,), dtype="int32")
    x = keras.layers.Embedding(20, 8)(inputs)
    x = keras.layers.GlobalAveragePooling1D()(keras.layers.Dense(8)(x))
    model = keras.Model(inputs, keras.layers.Dense(3)(x))
    tokens = np.random.default_rng(0).integers(0, 20, (40, 6)).astype("int32")
    aware = tfprune.quantize_aware(model, representative_data=tokens)
    assert steps_apart(aware, tmp_path, tokens).max() <= 1.001


def test_outputs_keep_their_names(tmp_path):
    inputs = keras.Input((8, 8, 3), name="image")
    x = keras.layers.Flatten()(keras.layers.Conv2D(4, 3)(inputs))
    outputs = [
        keras.layers.Dense(3, activation="softmax", name="kind")(x),
        keras.layers.Dense(2, name="place")(x),
    ]
    model = keras.Model(inputs, outputs)
    aware = tfprune.quantize_aware(model, representative_data=images())
    assert aware.output_names == ["kind", "place"]
    _, report = export(aware, tmp_path, images())
    assert [x.name for x in report.inputs] == ["image"]
    assert [x.name for x in report.outputs] == ["kind", "place"]


def test_the_export_strips_and_takes_integer_ends(tmp_path):
    x = images()
    aware = tfprune.quantize_aware(residual(), representative_data=x)
    _, report = export(
        aware, tmp_path, x, input_type="int8", output_type="uint8"
    )
    assert [x.dtype for x in (*report.inputs, *report.outputs)] == [
        "int8",
        "uint8",
    ]


def test_vectors_of_equal_numbers_are_normalized_as_in_the_file(tmp_path):
    # Their variance is rounded to zero, which has no inverse root.
    keras.utils.set_random_seed(1)
    inputs = keras.Input((4, 6))
    normalize = keras.layers.LayerNormalization(epsilon=1e-6)
    model = keras.Model(inputs, keras.layers.Dense(3)(normalize(inputs)))
    x = np.random.default_rng(0).normal(size=(24, 4, 6)).astype("float32")
    x[:, 1] = x[:, 1, :1] + 0.01 * x[:, 1]
    x[:, 2] = 0
    aware = tfprune.quantize_aware(model, representative_data=x)
    assert np.isfinite(np.asarray(aware(x))).all()
    assert steps_apart(aware, tmp_path, x).max() <= APPROXIMATE["transformer"]
    aware.compile("adam", "mse")
    losses = aware.fit(x, np.asarray(model(x)), verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    assert np.isfinite(np.asarray(aware(x))).all()


RANDOM = np.random.default_rng(3)
PLACES = RANDOM.normal(0, 0.3, (1, 16, 6)).astype("float32")
FACTORS = RANDOM.normal(1, 0.3, (6,))
MATRIX = RANDOM.normal(size=(6, 6)).astype("float32")


def nested(x):
    found = keras.Input((16, 6))
    return keras.Model(found, (found + PLACES) * FACTORS)(x)


WITH_ARRAYS = {
    "operations": lambda x: (x + PLACES) * FACTORS,
    "layers": lambda x: layers.Multiply()(
        [layers.Add()([x, PLACES]), FACTORS.reshape(1, 1, 6)]
    ),
    "nested": nested,
    "average": lambda x: layers.Average()([x, PLACES]),
    "difference": lambda x: keras.ops.subtract(PLACES, x),
    "largest": lambda x: keras.ops.maximum(x, PLACES),
    "product": lambda x: keras.ops.matmul(x, MATRIX),
    "zeros": lambda x: x + 0 * PLACES,
    "equal": lambda x: x * np.full((6,), 0.7, "float32"),
}


def with_arrays(kind):
    keras.utils.set_random_seed(3)
    inputs = keras.Input(IMAGE)
    x = layers.Reshape((16, 6))(layers.Conv2D(6, 2, strides=2)(inputs))
    x = WITH_ARRAYS[kind](x)
    x = layers.Flatten()(layers.Dense(8, activation="relu")(x))
    return keras.Model(inputs, layers.Dense(4)(x))


@pytest.mark.parametrize("kind", WITH_ARRAYS)
def test_arrays_are_rounded_as_tensors(kind, tmp_path):
    model, x = with_arrays(kind), images()
    aware = tfprune.quantize_aware(model, representative_data=x)
    aware.trainable = True
    wanted = [w.shape for w in model.trainable_weights]
    if kind != "product":
        assert [w.shape for w in aware.trainable_weights] == wanted
    steps = steps_apart(aware, tmp_path, x)
    assert steps.max() <= 1.001
    # 15% and more where the arrays are not.
    assert (steps > 0.5).mean() < 0.05


@pytest.mark.parametrize("kind", ["operations", "nested", "product"])
def test_channels_of_rounded_arrays_are_removed(kind):
    model, x = with_arrays(kind), images()
    aware = tfprune.quantize_aware(model, representative_data=x)
    keep = tfprune.keep_mask(aware, criterion="l1_norm", sparsity=0.4)
    small = tfprune.remove_channels(aware, keep)
    assert small.count_params() < aware.count_params()
    masked = tfprune.mask_channels(aware, keep)
    np.testing.assert_allclose(masked(x), small(x), atol=1e-5)


def test_sums_that_are_left_out_stay_exact():
    keras.utils.set_random_seed(3)
    inputs = keras.Input(IMAGE)
    x = layers.Conv2D(6, 2, strides=2, name="left_out")(inputs)
    x = layers.Add(name="left_out_sum")([x, PLACES.reshape(1, 4, 4, 6)])
    last = layers.Dense(4, name="last")
    model = keras.Model(inputs, last(layers.Flatten()(x)))
    aware = tfprune.quantize_aware(
        model,
        representative_data=images(),
        layers=lambda name: not name.startswith("left_out"),
    )
    inner = keras.Model(aware.input, aware.get_layer("left_out_sum").output)
    wanted = keras.Model(model.input, model.get_layer("left_out_sum").output)
    x = images(seed=1)
    np.testing.assert_allclose(inner(x), wanted(x), atol=1e-6)
