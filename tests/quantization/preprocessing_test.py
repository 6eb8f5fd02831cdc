"""Layers in front of networks, which prepare or augment images."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.quantization.exported import export, steps_apart
from tests.quantization.networks import IMAGE, images
from tfprune.errors import InvalidInputError
from tfprune.quantization.placements.layout import AUGMENTATIONS

MEAN, VARIANCE = [0.3, -0.2, 0.1], [0.5, 1.0, 2.0]

PREPARED = {
    "axis_from_the_front": layers.Normalization(
        3, mean=MEAN, variance=VARIANCE
    ),
    "axis_from_the_back": layers.Normalization(
        -1, mean=MEAN, variance=VARIANCE
    ),
    "one_for_all": layers.Normalization(None, mean=0.3, variance=2.0),
    "vectors": layers.Rescaling([1.0, 2.0, 3.0], [0.5, 0.0, -0.5]),
    "vector_and_number": layers.Rescaling(2.0, [0.5, 0.0, -0.5]),
    "division": lambda x: x / 2.5,
    "division_of_whole_numbers": lambda x: keras.ops.divide(x, 3),
    "crop": layers.CenterCrop(6, 5),
    "enlargement": layers.Resizing(12, 9),
    "reduction": layers.Resizing(5, 6),
    "nearest": layers.Resizing(12, 5, "nearest"),
}


def behind(prepared, shape=IMAGE):
    inputs = keras.Input(shape)
    x = layers.Conv2D(4, 3)(prepared(inputs))
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(x))


@pytest.mark.parametrize("way", PREPARED)
def test_constants_and_crops_are_quantized(way, tmp_path):
    keras.utils.set_random_seed(1)
    model, x = behind(PREPARED[way]), images()
    aware = tfprune.quantize_aware(model, representative_data=x)
    np.testing.assert_allclose(aware(x), model(x), atol=0.05)
    flatbuffer, _ = export(aware, tmp_path, x)
    inner = flatbuffer.main.operators[1:-1]
    assert all(y.dtype == "INT8" for x in inner for y in x.outputs)
    # LiteRT resizes with weights of 10 bits.
    most = 2 if way == "reduction" else 1
    assert steps_apart(aware, tmp_path, x).max() <= 1.001 * most


@pytest.mark.parametrize(
    "setting", ["antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio"]
)
def test_what_resizes_in_other_ways_is_refused(setting):
    model = behind(layers.Resizing(5, 6, **{setting: True}))
    with pytest.raises(InvalidInputError, match="Resizing"):
        tfprune.quantize_aware(model)


def test_lengthened_sequences_keep_their_grid(tmp_path):
    inputs = keras.Input((5, 3))
    model = keras.Model(inputs, layers.UpSampling1D(2)(inputs))
    x = np.random.default_rng(0).normal(size=(20, 5, 3)).astype("float32")
    aware = tfprune.quantize_aware(model, representative_data=x)
    assert steps_apart(aware, tmp_path, x).max() <= 1e-3
    scale = float(aware.layers[1].grid().scale)
    assert np.abs(np.asarray(aware(x)) - np.asarray(model(x))).max() < scale


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentations_do_nothing_at_inference(name):
    if not hasattr(layers, name):
        pytest.skip("this version of Keras does not have it")
    needed = {
        "RandomBrightness": [0.2],
        "RandomColorDegeneration": [0.2],
        "RandomContrast": [0.2],
        "RandomHue": [0.2],
        "RandomPosterization": [3],
        "RandomRotation": [0.2],
        "RandomSaturation": [0.2],
        "RandomSharpness": [0.2],
        "RandomTranslation": [0.2, 0.2],
        "RandomZoom": [0.2],
    }
    layer = getattr(layers, name)(*needed.get(name, []))
    model, x = behind(layer), images()
    np.testing.assert_array_equal(layer(x, training=False), x)
    aware = tfprune.quantize_aware(model, representative_data=x)
    np.testing.assert_allclose(
        aware(x, training=False), model(x, training=False), atol=0.05
    )
    found = [x for x in aware.layers if type(x) is type(layer)]
    assert len(found) == 1
