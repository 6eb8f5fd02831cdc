"""The networks of `convert_zoo.py`, and the bare converter for each."""

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from random_weights import random_value

from tfprune.export.dependencies import require
from tfprune.export.quiet import quiet_native_logs

# Sides of their images.
APPLICATIONS = {
    "MobileNetV2": 224,
    "ResNet50": 224,
    "DenseNet121": 224,
    "EfficientNetB0": 224,
    "InceptionV3": 299,
    "NASNetMobile": 224,
    "MobileNetV3Small": 224,
}
IMAGE_AXES = 3
PATCHES = 8
DEFAULT_SIGNATURE = "serving_default"


@dataclass(frozen=True)
class ZooSource:
    """A network to convert.

    Attributes:
        name: What to call it.
        handle: The Keras model, or the folder of the SavedModel.
        shape: Shape of one sample.
        largest: The greatest input value; inputs are uniform from 0.
        input_name: Name of the input.
    """

    name: str
    handle: Any
    shape: tuple[int, ...]
    largest: float = 1.0
    input_name: str = "input"

    @classmethod
    def at(cls, path: Path) -> "ZooSource":
        """A SavedModel of one input, whoever made it."""
        tensorflow = require("tensorflow")
        parse = tensorflow.compat.v1.saved_model.load
        session = tensorflow.compat.v1.Session(graph=tensorflow.Graph())
        with quiet_native_logs(), session:
            meta = parse(session, ["serve"], str(path))
        (name,) = meta.signature_def[DEFAULT_SIGNATURE].inputs
        info = meta.signature_def[DEFAULT_SIGNATURE].inputs[name]
        shape = tuple(axis.size for axis in info.tensor_shape.dim)[1:]
        return cls(path.name, path, shape, input_name=name)

    def data(self, count: int) -> np.ndarray:
        """Inputs, shape `(count, *shape)`.

        Images are patches of colour: noise would look alike in all of them
        to a network that takes means over positions.
        """
        generator = np.random.default_rng(0)
        shape = (count, *self.shape)
        if len(self.shape) == IMAGE_AXES:
            coarse = generator.uniform(0, 1, (count, PATCHES, PATCHES, 3))
            tint = generator.uniform(0, 1, (count, 1, 1, 3))
            side = -(-self.shape[0] // PATCHES)
            patches = (coarse * tint).repeat(side, 1).repeat(side, 2)
            values = patches[:, : self.shape[0], : self.shape[1]]
        else:
            values = generator.uniform(0, 1, shape)
        return (self.largest * values).astype("float32")

    def bare(
        self, mode: str, data: np.ndarray
    ) -> dict[str, Callable[[], bytes]]:
        """TensorFlow's own conversions, by the name of the call."""
        if isinstance(self.handle, Path):
            makers = {"from_saved_model": self.from_saved_model}
        else:
            makers = {
                "from_keras_model": self.from_keras_model,
                "from_concrete_functions": self.from_function,
            }
        return {
            name: lambda make=make: convert(make, mode, data)
            for name, make in makers.items()
        }

    def from_keras_model(self) -> Any:
        lite = require("tensorflow").lite
        return lite.TFLiteConverter.from_keras_model(self.handle)

    def from_function(self) -> Any:
        tensorflow = require("tensorflow")
        function = tensorflow.function(
            lambda inputs: self.handle(inputs, training=False)
        ).get_concrete_function(tensorflow.TensorSpec((1, *self.shape)))
        converter = tensorflow.lite.TFLiteConverter
        return converter.from_concrete_functions([function])

    def from_saved_model(self) -> Any:
        lite = require("tensorflow").lite
        return lite.TFLiteConverter.from_saved_model(str(self.handle))


def convert(make: Callable[[], Any], mode: str, data: np.ndarray) -> bytes:
    """Makes a converter, sets the options of a mode, and runs it."""
    tensorflow = require("tensorflow")
    # Keras tells at length what it wrote on the way.
    silence = contextlib.redirect_stdout(io.StringIO())
    with quiet_native_logs(), silence:
        converter = make()
        if mode != "float32":
            converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
        if mode == "float16":
            converter.target_spec.supported_types = [tensorflow.float16]
        if mode == "int8":
            converter.representative_dataset = lambda: (
                [sample[None]] for sample in data
            )
            converter.target_spec.supported_ops = [
                tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8
            ]
        return converter.convert()


def keras_sources() -> dict[str, Callable[[], ZooSource]]:
    """The Keras models, by name."""
    found: dict[str, Callable[[], ZooSource]] = {
        name: lambda name=name: application(name) for name in APPLICATIONS
    }
    return {**found, "LSTM": lstm, "transformer": transformer}


def application(name: str) -> ZooSource:
    shape = (APPLICATIONS[name], APPLICATIONS[name], 3)
    build = getattr(keras.applications, name)
    # Probabilities of random networks hardly vary: compare what is before.
    model = build(weights=None, input_shape=shape, classifier_activation=None)
    source = ZooSource(name, model, shape, largest=255.0)
    fill(model, source.data(4))
    return source


def lstm() -> ZooSource:
    inputs = keras.Input((20, 32), name="input")
    x = layers.LSTM(64, unroll=True, return_sequences=True)(inputs)
    x = layers.LSTM(64, unroll=True)(x)
    model = keras.Model(inputs, layers.Dense(10)(x))
    fill(model, np.zeros((1, 20, 32)))
    return ZooSource("LSTM", model, (20, 32))


def transformer() -> ZooSource:
    inputs = keras.Input((64, 128), name="input")
    x = inputs
    for _ in range(4):
        y = layers.LayerNormalization()(x)
        x = x + layers.MultiHeadAttention(num_heads=4, key_dim=32)(y, y)
        y = layers.LayerNormalization()(x)
        x = x + layers.Dense(128)(layers.Dense(512, activation="gelu")(y))
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))
    model = keras.Model(inputs, layers.Dense(10)(x))
    fill(model, np.zeros((1, 64, 128)))
    return ZooSource("transformer", model, (64, 128))


def fill(model: keras.Model, inputs: np.ndarray) -> None:
    """Gives a model random weights, and statistics that fit them.

    Random networks are chaotic: they amplify the rounding of weights until
    nothing is left to compare. Offsets of two deviations leave most
    activations where they pass on what they get, as trained networks do.
    """
    generator = np.random.default_rng(0)
    normalizations = []
    for layer in model.layers:
        for weight in layer.trainable_weights:
            weight.assign(random_value(layer, weight, generator))
        if isinstance(layer, layers.BatchNormalization):
            width = layer.moving_mean.shape
            layer.beta.assign(generator.normal(2.0, 0.1, width))
            if layer.gamma is not None:
                layer.gamma.assign(np.ones(width))
            normalizations.append((layer, layer.momentum))
            layer.momentum = 0.0
    if normalizations:
        model(inputs, training=True)
    for layer, momentum in normalizations:
        layer.momentum = momentum


def saved_models(folder: Path) -> dict[str, Callable[[], ZooSource]]:
    """SavedModels that are made here, by name."""
    return {"tf.Module": lambda: module(folder / "tf.Module")}


def module(path: Path) -> ZooSource:
    """A perceptron of plain TensorFlow."""
    tensorflow = require("tensorflow")
    generator = np.random.default_rng(0)
    widths = [256, 512, 512, 10]
    holder = tensorflow.Module()
    holder.kernels = [
        tensorflow.Variable(
            generator.normal(0, (2 / a) ** 0.5, (a, b)).astype("float32")
        )
        for a, b in zip(widths, widths[1:], strict=False)
    ]

    def call(x: Any) -> dict[str, Any]:
        for kernel in holder.kernels[:-1]:
            x = tensorflow.nn.relu(x @ kernel)
        return {"scores": x @ holder.kernels[-1]}

    holder.call = tensorflow.function(
        call, [tensorflow.TensorSpec((None, widths[0]), name="input")]
    )
    with quiet_native_logs():
        tensorflow.saved_model.save(
            holder, str(path), {DEFAULT_SIGNATURE: holder.call}
        )
    return ZooSource("tf.Module", path, (widths[0],))
