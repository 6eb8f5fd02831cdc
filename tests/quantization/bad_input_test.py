"""What is refused, and what the messages say."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.quantization.networks import IMAGE, images, residual
from tfprune.errors import InvalidInputError


class Widened(layers.Conv2D):
    """A layer of a user's that might compute anything."""


def of(layer, shape=IMAGE):
    inputs = keras.Input(shape)
    return keras.Model(inputs, layer(inputs), name="toy")


@pytest.mark.parametrize(
    "layer, shape, words",
    [
        (layers.ELU(name="bad"), (4,), r"'bad' \(ELU\).*gelu or relu"),
        (
            layers.Activation("softplus", name="bad"),
            (4,),
            r"'bad' \(Activation, softplus\).*silu or relu",
        ),
        (layers.Conv3D(2, 1, name="bad"), (3, 3, 3, 2), r"'bad' \(Conv3D"),
        (layers.LSTM(3, name="bad"), (4, 2), r"'bad' \(LSTM"),
        pytest.param(
            layers.Conv2D(2, 3, activation=lambda x: x * 2, name="bad"),
            IMAGE,
            r"'bad' .*activation '<lambda>' is not one of keras.activations",
            marks=pytest.mark.filterwarnings("ignore:.*includes a `lambda`"),
        ),
        (
            layers.Conv2D(2, 3, activation=layers.ReLU(), name="bad"),
            IMAGE,
            r"'bad' .*activation 'ReLU' is not one of keras.activations",
        ),
        (
            Widened(2, 3, name="bad"),
            IMAGE,
            r"'bad' .*does not know class Widened.*Use Conv2D",
        ),
        (
            layers.GroupNormalization(2, name="bad"),
            (3, 3, 4),
            r"'bad' \(GroupNormalization",
        ),
        (
            layers.UpSampling2D(2, interpolation="bicubic", name="bad"),
            IMAGE,
            r"'bad' \(UpSampling2D",
        ),
        (
            layers.LayerNormalization(axis=(1, 2), name="bad"),
            (4, 3),
            r"'bad' \(LayerNormalization",
        ),
    ],
)
def test_what_tfprune_cannot_quantize_is_named(layer, shape, words):
    inputs = keras.Input(shape)
    outputs = layer(layers.Identity(name="good")(inputs))
    model = keras.Model(inputs, outputs, name="toy")
    with pytest.raises(InvalidInputError, match=words) as caught:
        tfprune.quantize_aware(model)
    # Nothing is said of what LiteRT can do, and what is offered works.
    assert "LiteRT" not in str(caught.value)
    assert "Leave it float by `layers`" in str(caught.value)
    x = np.random.default_rng(0).normal(size=(20, *shape)).astype("float32")
    aware = tfprune.quantize_aware(
        model, representative_data=x, layers=lambda name: name != "bad"
    )
    expected = np.asarray(model(x))
    apart = np.asarray(aware(x)) - expected
    assert np.sqrt(np.square(apart).mean()) < 0.15 * expected.std()


def test_attention_with_a_mask_is_refused():
    inputs = keras.Input((4, 6))
    attention = layers.MultiHeadAttention(2, 3, name="heads")
    model = keras.Model(inputs, attention(inputs, inputs, use_causal_mask=True))
    with pytest.raises(InvalidInputError, match="'heads'.*MultiHeadAttention"):
        tfprune.quantize_aware(model)


def test_masks_of_time_steps_are_refused():
    inputs = keras.Input((4,), dtype="int32")
    x = layers.Embedding(9, 3, mask_zero=True)(inputs)
    model = keras.Model(inputs, layers.GlobalAveragePooling1D(name="mean")(x))
    with pytest.raises(InvalidInputError, match="'mean'.*a mask of time steps"):
        tfprune.quantize_aware(model)


def test_a_layer_that_quantizes_already_is_refused():
    model = of(tfprune.layers.QuantConv2D(2, 3, name="few_bits"))
    with pytest.raises(InvalidInputError, match="'few_bits'.*already"):
        tfprune.quantize_aware(model)


def test_weights_of_no_numbers_are_named():
    model = of(layers.Dense(3, name="dense"))
    layer = model.get_layer("dense")
    layer.kernel.assign(np.full(layer.kernel.shape, np.inf))
    with pytest.raises(InvalidInputError, match="'dense'.*not finite"):
        tfprune.quantize_aware(model)


def test_a_range_that_was_never_trained_cannot_be_exported(tmp_path):
    aware = tfprune.quantize_aware(residual())
    with pytest.raises(InvalidInputError, match="image_range.*never trained"):
        tfprune.export_tflite(aware, tmp_path / "x.tflite", quantize="int8")
    assert not (tmp_path / "x.tflite").exists()


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"weight_bits": 5}, "weight_bits to be 4 or 8"),
        ({"weight_bits": 4.0}, "weight_bits to be 4 or 8"),
        ({"weight_bits": {"stem": 16}}, "weight_bits to be 4 or 8"),
        ({"weight_bits": {"stemm": 4}}, "No layer's name matches 'stemm'"),
        ({"layers": "nothing"}, "No layer's name matches 'nothing'"),
        ({"layers": lambda name: False}, "Expected `layers` to choose"),
        ({"momentum": 1.0}, "momentum"),
        ({"representative_data": []}, "Received none"),
        ({"representative_data": 3}, "Received: int"),
        ({"representative_data": "images"}, "Received: str"),
        ({"representative_data": np.zeros((4, 7, 7, 3))}, r"\(4, 7, 7, 3\)"),
        ({"representative_data": [(images(2), [1, 2])]}, "without labels"),
    ],
)
def test_settings_out_of_range(settings, words):
    with pytest.raises(InvalidInputError, match=words):
        tfprune.quantize_aware(residual(), **settings)


def test_what_is_no_model_is_refused():
    with pytest.raises(InvalidInputError, match="Expected a keras.Model"):
        tfprune.quantize_aware("model.keras")


def test_a_layer_that_cannot_be_taken_apart_is_refused():
    class Counting(layers.Layer):
        def build(self, shape):
            self.count = self.add_weight(
                shape=(), initializer="zeros", trainable=False
            )

        def call(self, x):
            self.count.assign(self.count + 1)
            return x * 2

    with pytest.raises(InvalidInputError, match="cannot be taken apart"):
        tfprune.quantize_aware(of(Counting(), (4,)))
