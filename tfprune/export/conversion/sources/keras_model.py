"""The front door for Keras models, in memory or in a `.keras` file."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import keras
import numpy as np

from tfprune.export.conversion.bias_room import room_for_biases
from tfprune.export.conversion.float32_policy import computing_in_float32
from tfprune.export.conversion.input_shape import InputShape
from tfprune.export.conversion.model_signature import (
    ModelSignature,
    read_signature,
)
from tfprune.export.conversion.range_layers import range_layers
from tfprune.export.conversion.shown_ranges import (
    computing_ranges,
    ranges_of_other_bits,
    showing_ranges,
)
from tfprune.export.conversion.sources.graph_source import GraphSource
from tfprune.export.conversion.trace import (
    TracedModel,
    check_backend,
    operations_in,
    trace,
)
from tfprune.export.low_bit.trained_layers import low_bit_layers, rounds_sums

ADVICE = (
    "If its call takes several arguments or another dtype, wrap it: "
    "keras.Model(inputs, model(...))."
)


@contextlib.contextmanager
def open_keras_model(
    model: keras.Model, input_shape: InputShape = None
) -> Iterator[GraphSource]:
    """Opens a built Keras model.

    Until the block ends, layers of half precision compute in float32, and
    fake quantization shows its ranges.

    Args:
        model: The model: functional, Sequential or subclassed.
        input_shape: Shape of one sample, for a model that leaves sizes open.

    Yields:
        The source.

    Raises:
        InvalidInputError: When Keras does not run on TensorFlow, the model is
            not built, cannot be called, or has a range that was not trained.
    """
    check_backend()
    signature = read_signature(model, input_shape)
    with (
        showing_ranges(model) as leaves_floats,
        room_for_biases(model),
        computing_in_float32(model) as num_half,
    ):
        yield GraphSource(
            leaves_floats=leaves_floats,
            reference="the Keras model",
            takes_batches=not signature.fixed_batch,
            warnings=half_precision(num_half),
            low_bit_layers=low_bit_layers(model),
            range_layers=range_layers(model),
            rounds_sums=rounds_sums(model),
            traced=trace_model(signature),
            trace_computing=(
                partial(trace_computing, signature)
                if ranges_of_other_bits(model)
                else None
            ),
            run=lambda arrays: call_keras(signature, arrays),
        )


def trace_model(signature: ModelSignature) -> TracedModel:
    """Traces a model on one sample of static shape.

    Args:
        signature: How to call the model.

    Raises:
        InvalidInputError: When the model cannot be called with its inputs.
    """
    names: list[tuple[str, ...]] = []

    def run(*tensors: Any) -> list[Any]:
        output_names, outputs = signature.call(tensors)
        names.append(output_names)
        return outputs

    title = f"model '{signature.model.name}'"
    function = trace(run, signature.inputs, title, ADVICE)
    return TracedModel(
        title=title,
        function=function,
        inputs=signature.inputs,
        output_names=names[-1],
        operations=operations_in(function),
        has_keras_names=True,
    )


def trace_computing(signature: ModelSignature) -> TracedModel:
    """Traces a model with ranges of other than 8 bits computed in floats."""
    with computing_ranges(signature.model):
        return trace_model(signature)


def call_keras(
    signature: ModelSignature, arrays: list[np.ndarray]
) -> list[np.ndarray]:
    """Outputs of a model for one batch."""
    tensors = [keras.ops.convert_to_tensor(array) for array in arrays]
    _, outputs = signature.call(tensors)
    return [np.asarray(keras.ops.convert_to_numpy(x)) for x in outputs]


def half_precision(num_half: int) -> tuple[str, ...]:
    """Warns of layers that compute otherwise than they did in training."""
    if not num_half:
        return ()
    return (
        f"{num_half} layers compute in half precision; they were exported, "
        "and compared, in float32.",
    )
