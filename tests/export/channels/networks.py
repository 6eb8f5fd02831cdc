"""Small TensorFlow functions with dead channels, as flatbuffers."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.reader import parse_tflite

SIZE = 8
WIDTH = 8
DEAD = [1, 5]
"""Filters of zeros, with a bias of zero."""
CONSTANT = [2, 6]
"""Filters of zeros, with another bias."""

OPERATORS = {
    "int8": "TFLITE_BUILTINS_INT8",
    "int16x8": ("EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8"),
}

Body = Callable[[tf.Tensor], Any]


class Parts:
    """Weights drawn from one seed."""

    def __init__(self, seed: int = 0) -> None:
        self._generator = np.random.default_rng(seed)

    def array(self, *shape: int) -> np.ndarray:
        """Weights of about unit gain."""
        fan = max(int(np.prod(shape[:-1])), 1)
        scaled = self._generator.normal(size=shape) / fan**0.5
        return scaled.astype("float32")

    def dying(self, x: tf.Tensor, width: int = WIDTH) -> tf.Tensor:
        """A convolution of which some filters are zero."""
        kernel, bias = self.array(1, 1, x.shape[-1], width), self.array(width)
        kernel[..., [*DEAD, *CONSTANT]] = 0
        bias[DEAD] = 0
        bias[CONSTANT] = 0.5
        return tf.nn.conv2d(x, kernel, 1, "VALID") + bias

    def dense(self, x: tf.Tensor, width: int) -> tf.Tensor:
        """A matrix product over the last axis."""
        return tf.nn.conv2d(x, self.array(1, 1, x.shape[-1], width), 1, "VALID")

    def read(self, x: tf.Tensor) -> tf.Tensor:
        """Three outputs of each position; the first channel is not read."""
        kernel = self.array(x.shape[-1], 3)
        kernel[0] = 0
        return tf.reshape(x, (-1, x.shape[-1])) @ kernel


def network(body: Body, batch: int = 1) -> bytes:
    """A convolution with dead filters, a body, and a reader of all results."""
    parts = Parts()

    def run(x: tf.Tensor) -> list[tf.Tensor]:
        found = body(parts.dying(x))
        found = found if isinstance(found, list | tuple) else [found]
        return [parts.read(tf.cast(y, tf.float32)) for y in found]

    return converted(run, batch=batch)


def converted(
    run: Callable[..., Any],
    mode: str = "float32",
    channels: int = 3,
    batch: int = 1,
) -> bytes:
    """A function of images as the bytes of a `.tflite` file."""
    spec = tf.TensorSpec((batch, SIZE, SIZE, channels), tf.float32)
    function = tf.function(run, autograph=False).get_concrete_function(spec)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    if mode != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        name = "_experimental_disable_per_channel_quantization_for_dense_layers"
        setattr(converter, name, True)
    if mode == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if mode in ("int8", "int16x8"):
        converter.target_spec.supported_ops = [tf.lite.OpsSet(OPERATORS[mode])]
        converter.representative_dataset = lambda: (
            [np.repeat(image, batch, axis=0)] for image in images(20, channels)
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return converter.convert()


def images(count: int, channels: int = 3, seed: int = 1) -> list[np.ndarray]:
    """Random images, one at a time."""
    generator = np.random.default_rng(seed)
    shape = (1, SIZE, SIZE, channels)
    return [generator.normal(size=shape).astype("f4") for _ in range(count)]


def outputs(content: bytes, channels: int = 3) -> np.ndarray:
    """All outputs on a few images, one row an image."""
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    (entry,) = interpreter.get_input_details()
    rows = []
    for image in images(5, channels, seed=2):
        interpreter.set_tensor(entry["index"], image)
        interpreter.invoke()
        found = [
            interpreter.get_tensor(item["index"]).astype("f8").ravel()
            for item in interpreter.get_output_details()
        ]
        rows.append(np.concatenate(found))
    return np.stack(rows)


def relative(expected: np.ndarray, received: np.ndarray) -> float:
    """Largest difference over the largest number."""
    return float(np.abs(expected - received).max() / np.abs(expected).max())


def parsed(content: bytes) -> FlatbufferModel:
    """A copy of the model that may be changed."""
    return parse_tflite(content)
