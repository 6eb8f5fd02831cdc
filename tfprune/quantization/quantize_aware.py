"""From a trained model to one that trains as integers compute."""

from typing import Any

import keras

from tfprune.allocation.filters import Filters
from tfprune.quantization.calibration import calibrate
from tfprune.quantization.fake_quantized import fake_quantized
from tfprune.quantization.flat_model import (
    flattened,
    output_names,
    paths_in,
    unfolded,
)
from tfprune.quantization.folding import folded
from tfprune.quantization.layer_choice import LayerChoice, WeightBits


def quantize_aware(
    model: keras.Model,
    *,
    representative_data: Any = None,
    weight_bits: WeightBits = 8,
    layers: Filters = None,
    preserve_sparsity: bool = False,
    preserve_clusters: bool = False,
    momentum: float = 0.99,
) -> keras.Model:
    """Copies a model so that it trains as a file of integers will compute.

    Weights and activations are rounded to 8 bits where LiteRT does so, and
    `fit` learns to live with it:

    - Batch normalization becomes part of the layer before it.
    - A convolution has a scale for each filter, a dense layer one.
    - Every result has a range, which follows the data in training; what is
      concatenated, pooled or moved has one for all; sigmoid, tanh and softmax
      have those that LiteRT dictates. A ReLU is rounded once, behind it.
    - `MultiHeadAttention` without masks and layer normalization are rounded
      step by step.

    `tfprune.export_tflite(copy, path, quantize="int8")` then writes a file of
    integers with these very ranges, without representative data.

    Filters whose weights are zero stay so, with a warning: in whatever scale,
    they are exact.

    Args:
        model: A built model, trained or not: functional, Sequential, nested
            or of composite layers. It is not changed; the copy is flat.
        representative_data: Typical inputs, on which the ranges are found
            before training: arrays in the structure that the model is called
            with, an iterable of batches of it, or a function that returns
            one. None leaves that to the first batch of `fit`.
        weight_bits: Bits of a weight: 8, or 4, which files hold packed. Or
            bits by patterns that are searched in the paths of layers, the
            last that matches deciding, and 8 for the others.
        layers: Which layers are quantized: a regular expression that is
            searched in the path, an iterable of them, or a function of the
            path; None for all. The others compute in float32.
        preserve_sparsity: Whether weights that are zero stay zero.
        preserve_clusters: Whether weights of one layer that are equal stay
            equal; they train together. Each kernel then has one scale, and
            batch normalization stays behind it as a depthwise convolution,
            since it would scale each filter by another factor.
        momentum: How much of the old range of an activation stays in each
            step of training, from 0 to less than 1.

    Returns:
        A new model, not compiled, that saves as a plain `.keras` file.

    Raises:
        InvalidInputError: When an argument is out of range, the model cannot
            be taken apart, tfprune does not know how to quantize a layer that
            was chosen, or weights are not finite.

    Example:

    ```python
    aware = tfprune.quantize_aware(model, representative_data=x_train[:500])
    aware.compile("adam", "sparse_categorical_crossentropy")
    aware.fit(x_train, y_train, epochs=1)
    tfprune.export_tflite(aware, "model.tflite", quantize="int8")
    ```

    Source: Jacob et al., "Quantization and Training of Neural Networks for
    Efficient Integer-Arithmetic-Only Inference", CVPR 2018
    (arXiv:1712.05877); LiteRT 8-bit quantization specification.
    """
    whole = unfolded(model)
    choice = LayerChoice(paths_in(whole), layers, weight_bits)
    flat = folded(
        flattened(whole, choice), choice, into_kernels=not preserve_clusters
    )
    aware = fake_quantized(
        flat,
        choice,
        momentum=momentum,
        preserve_sparsity=preserve_sparsity,
        preserve_clusters=preserve_clusters,
        output_names=output_names(whole),
    )
    if representative_data is not None:
        calibrate(aware, representative_data)
    return aware
