"""A model as a TensorFlow graph of static shape."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.graph_nodes import (
    operations_of,
    reachable_nodes,
)
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.dependencies import require
from tfprune.export.error_line import error_line, sentence

FAKE_QUANT = "FakeQuant"
DEFAULT_BITS = 8


@dataclass(frozen=True)
class TracedModel:
    """The graph of a model for one sample.

    Args:
        title: What to call the model in messages.
        function: A `tensorflow` concrete function that takes one tensor for
            each input and returns the flat outputs.
        inputs: The inputs, in order.
        output_names: Names of the outputs, in order.
        operations: Types of the graph's operations, such as `"Conv2D"`.
        key: Key of the signature.
        has_keras_names: Whether its names are those that Keras 3 gives while
            it traces.
        is_frozen: Whether the graph holds constants in place of variables.
    """

    title: str
    function: Any
    inputs: tuple[ModelInput, ...]
    output_names: tuple[str, ...]
    operations: frozenset[str]
    key: str = "serving_default"
    has_keras_names: bool = False
    is_frozen: bool = False

    @property
    def has_fake_quantization(self) -> bool:
        """Whether the model was trained with fake quantization."""
        return any(name.startswith(FAKE_QUANT) for name in self.operations)

    @property
    def range_bits(self) -> frozenset[int]:
        """Bits of the fake quantization that the model was trained with."""
        graph_def = self.function.graph.as_graph_def()
        names = [node.name for node in graph_def.node]
        # A SavedModel leaves out attributes that are as TensorFlow has them.
        return frozenset(
            node.attr["num_bits"].i or DEFAULT_BITS
            for node in reachable_nodes(graph_def, names)
            if node.op.startswith(FAKE_QUANT)
        )

    @property
    def is_plain(self) -> bool:
        """Whether the graph has neither control flow nor fake quantization."""
        return not (
            self.has_fake_quantization
            or self.has_loop
            or self.operations & {"Case", "If", "StatelessIf", "Switch"}
        )

    @property
    def has_loop(self) -> bool:
        """Whether the model runs a loop, as recurrent layers do."""
        return any(
            name.endswith("While") or name == "LoopCond"
            for name in self.operations
        )


def trace(
    run: Callable[..., list[Any]],
    inputs: Sequence[ModelInput],
    title: str,
    advice: str = "Trace it with the shapes and dtypes that it takes.",
) -> Any:
    """Traces a function on one sample of static shape.

    Args:
        run: Takes one tensor for each input and returns the outputs.
        inputs: The inputs.
        title: What to call the model in messages.
        advice: How to mend a model that cannot be called so.

    Returns:
        The concrete function.

    Raises:
        InvalidInputError: When the function cannot be called so.
    """
    tensorflow = require("tensorflow")
    specs = [
        # No node of a graph that is read from a file has such a name.
        tensorflow.TensorSpec(
            item.tensor_shape, item.dtype, f"tfprune_input_{index}"
        )
        for index, item in enumerate(inputs)
    ]
    try:
        return tensorflow.function(run).get_concrete_function(*specs)
    except (TypeError, ValueError, tensorflow.errors.OpError) as error:
        shapes = {item.name: item.tensor_shape for item in inputs}
        raise InvalidInputError(
            f"{sentence(title)} could not be called on {shapes}: "
            f"{error_line(error).rstrip('.')}. {advice}"
        ) from error


def operations_in(function: Any) -> frozenset[str]:
    """Types of the operations of a concrete function, and of all it calls."""
    graph_def = function.graph.as_graph_def()
    return operations_of(graph_def, [node.name for node in graph_def.node])


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
