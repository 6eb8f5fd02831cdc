"""A Keras model as a TensorFlow graph of static shape."""

from dataclasses import dataclass
from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_signature import ModelSignature
from tfprune.export.dependencies import require
from tfprune.export.error_line import error_line


@dataclass(frozen=True)
class TracedModel:
    """The graph of a model for one sample.

    Args:
        function: A `tensorflow` concrete function that takes one tensor for
            each input and returns the flat outputs.
        output_names: Names of the outputs, in order.
    """

    function: Any
    output_names: tuple[str, ...]

    @property
    def has_fake_quantization(self) -> bool:
        """Whether the model was trained with fake quantization."""
        return any(name.startswith("FakeQuant") for name in self.operations)

    @property
    def has_loop(self) -> bool:
        """Whether the model runs a loop, as recurrent layers do."""
        return any(name.endswith("While") for name in self.operations)

    @property
    def operations(self) -> set[str]:
        """Types of the graph's operations, such as `"Conv2D"`."""
        return {item.type for item in self.function.graph.get_operations()}


def trace_model(signature: ModelSignature) -> TracedModel:
    """Traces a model on one sample of static shape.

    Args:
        signature: How to call the model.

    Raises:
        InvalidInputError: When Keras does not run on TensorFlow, or the model
            cannot be called with its inputs.
    """
    check_backend()
    tensorflow = require("tensorflow")
    names: list[tuple[str, ...]] = []

    def run(*tensors: Any) -> list[Any]:
        output_names, outputs = signature.call(tensors)
        names.append(output_names)
        return outputs

    specs = [
        tensorflow.TensorSpec((1, *item.shape), item.dtype, f"input_{index}")
        for index, item in enumerate(signature.inputs)
    ]
    try:
        function = tensorflow.function(run).get_concrete_function(*specs)
    except (TypeError, ValueError, tensorflow.errors.OpError) as error:
        shapes = {item.name: (1, *item.shape) for item in signature.inputs}
        raise InvalidInputError(
            f"Model '{signature.model.name}' could not be called on {shapes}: "
            f"{error_line(error).rstrip('.')}. If its call takes several "
            "arguments or another dtype, wrap it: keras.Model(inputs, "
            "model(...))."
        ) from error
    return TracedModel(function, names[-1])


def check_backend() -> None:
    """Refuses any Keras backend but TensorFlow.

    Raises:
        InvalidInputError: When Keras runs on another backend.
    """
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise InvalidInputError(
            "Exporting needs Keras on the TensorFlow backend. Received: "
            f"'{backend}'. Save the model as .keras, and export it in a "
            "process started with KERAS_BACKEND=tensorflow."
        )
