"""The value of every tensor while a `.tflite` file runs."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfprune.export.dependencies import require
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.quiet import quiet_native_logs
from tfprune.export.running.interpreter import cannot_run
from tfprune.export.running.tensor_info import TensorInfo


class TensorProbe:
    """Runs a model and shows what its operators computed.

    Args:
        model: The model; it is not changed.
        source: What to call it in messages.

    Raises:
        InvalidInputError: When LiteRT cannot run it.

    Example:

    ```python
    probe = TensorProbe(read_tflite("model.tflite"), source="model.tflite")
    probe.run([images[:1]])
    for tensor, values in probe.activations():
        print(tensor.name, values.min(), values.max())
    ```
    """

    def __init__(self, model: FlatbufferModel, *, source: str) -> None:
        self.main = model.main
        self._inputs = [TensorInfo.of(tensor) for tensor in self.main.inputs]
        self._positions = {
            tensor: position
            for position, tensor in enumerate(self.main.tensors)
        }
        litert = require("ai_edge_litert.interpreter")
        try:
            with quiet_native_logs():
                # XNNPACK keeps no tensor that it can do without.
                self._interpreter = litert.Interpreter(
                    model_content=serialize(model),
                    experimental_op_resolver_type=plain_kernels(litert),
                    experimental_preserve_all_tensors=True,
                )
                self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise cannot_run(model, source, error) from error

    def run(self, values: Sequence[np.ndarray]) -> None:
        """Computes all tensors for one batch of real numbers."""
        for tensor, info, value in zip(
            self.main.inputs, self._inputs, values, strict=True
        ):
            self._interpreter.set_tensor(
                self._positions[tensor],
                info.to_stored(value).reshape(tensor.shape),
            )
        self._interpreter.invoke()

    def value(self, tensor: Tensor) -> np.ndarray:
        """Real numbers that a tensor of the main subgraph holds now."""
        stored = self._interpreter.get_tensor(self._positions[tensor])
        return TensorInfo.of(tensor).to_real(stored)

    @property
    def readable(self) -> list[Tensor]:
        """The inputs, and what operators computed for somebody."""
        operators = self.main.operators
        # LiteRT keeps no memory for some of what nobody reads.
        read = {x for operator in operators for x in operator.inputs}
        read.update(self.main.outputs)
        computed = [x for operator in operators for x in operator.outputs]
        return [*self.main.inputs, *(x for x in computed if x in read)]

    def activations(self) -> Iterator[tuple[Tensor, np.ndarray]]:
        """What the inputs hold, and what operators computed from them."""
        for tensor in self.readable:
            yield tensor, self.value(tensor)


def plain_kernels(litert: Any) -> Any:
    """LiteRT's own kernels, without any delegate."""
    return litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
