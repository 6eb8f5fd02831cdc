"""A `.tflite` file as Python objects that refer to each other.

In the file, operators refer to tensors, and tensors to buffers, by position.
Here they hold the objects themselves, so a pass may add or remove some
without renumbering the others.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tfprune.export.flatbuffer.tensor import Tensor


@dataclass(eq=False)
class Operator:
    """One step of the computation.

    Args:
        name: The built-in's name, such as `"CONV_2D"`, or the custom code.
        inputs: Tensors read; None where an optional one is left out.
        outputs: Tensors written.
        version: The version that a runtime must know.
        is_custom: Whether `name` is a custom code.
        options_type: Number of the type of `options` in the schema.
        options: The schema's object of settings (strides, activation ...).
        options2_type: As `options_type`, for the schema's second union.
        options2: As `options`, for the schema's second union.
        custom_options: Settings of a custom operator, a uint8 array.
        mutating_inputs: Flags of inputs that the operator changes.
        intermediates: Tensors that LSTM operators keep ranges for.
        debug_index: Its entry in the debug metadata; -1 for none.
    """

    name: str
    inputs: list[Tensor | None]
    outputs: list[Tensor]
    version: int = 1
    is_custom: bool = False
    options_type: int = 0
    options: Any = None
    options2_type: int = 0
    options2: Any = None
    custom_options: np.ndarray | None = None
    mutating_inputs: list[bool] | None = None
    intermediates: list[Tensor] = field(default_factory=list)
    debug_index: int = -1


@dataclass(eq=False)
class Subgraph:
    """A function: the model itself, or the body of a loop or a branch.

    Args:
        tensors: All its tensors.
        inputs: Those that a caller fills.
        outputs: Those that a caller reads.
        operators: Its steps, in the order in which they run.
        name: Name in the file.
        debug_index: Its entry in the debug metadata; -1 for none.
    """

    tensors: list[Tensor]
    inputs: list[Tensor]
    outputs: list[Tensor]
    operators: list[Operator]
    name: str = "main"
    debug_index: int = -1


@dataclass(eq=False)
class Signature:
    """Names under which a runtime finds the inputs and outputs."""

    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]
    subgraph: Subgraph
    key: str = "serving_default"


@dataclass(eq=False)
class FlatbufferModel:
    """A whole `.tflite` file.

    Loops and branches name the subgraphs that they run by position, in their
    options: add subgraphs at the end and remove none.

    Args:
        subgraphs: The first one is the model.
        signatures: Named ways to call it.
        metadata: Blocks of bytes by name.
        description: Free text of the converter.
        attachments: Contents of files that ride behind it, such as labels.
    """

    subgraphs: list[Subgraph]
    signatures: list[Signature] = field(default_factory=list)
    metadata: dict[str, bytes] = field(default_factory=dict)
    description: str = ""
    attachments: dict[str, bytes] = field(default_factory=dict)

    @property
    def main(self) -> Subgraph:
        """The subgraph that a runtime runs."""
        return self.subgraphs[0]

    @property
    def operators(self) -> list[Operator]:
        """The operators of all subgraphs, in order."""
        return [op for graph in self.subgraphs for op in graph.operators]

    @property
    def tensors(self) -> list[Tensor]:
        """The tensors of all subgraphs, in order."""
        return [item for graph in self.subgraphs for item in graph.tensors]

    @property
    def min_runtime(self) -> str | None:
        """Oldest TensorFlow Lite that runs it, as the converter states."""
        stated = self.metadata.get("min_runtime_version", b"")
        return stated.rstrip(b"\0").decode("ascii", "replace") or None
