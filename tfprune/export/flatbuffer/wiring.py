"""Who writes and who reads each tensor of a subgraph."""

from collections import defaultdict

from tfprune.export.flatbuffer.model import Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor


class Wiring:
    """Producers and consumers of the tensors of a subgraph.

    It shows the subgraph as it was when this object was made: a pass that
    changes operators makes a new one.

    Args:
        subgraph: The subgraph.

    Example:

    ```python
    wiring = Wiring(model.main)
    wiring.consumers(wiring.producer(tensor).outputs[0])
    ```
    """

    def __init__(self, subgraph: Subgraph) -> None:
        self._producers: dict[Tensor, Operator] = {}
        self._consumers: defaultdict[Tensor, list[Operator]]
        self._consumers = defaultdict(list)
        self._outputs = set(subgraph.outputs)
        for operator in subgraph.operators:
            for tensor in operator.outputs:
                self._producers[tensor] = operator
            for source in operator.inputs:
                if source is not None:
                    self._consumers[source].append(operator)

    def producer(self, tensor: Tensor | None) -> Operator | None:
        """The operator that writes a tensor; None for inputs, constants."""
        return None if tensor is None else self._producers.get(tensor)

    def consumers(self, tensor: Tensor) -> list[Operator]:
        """The operators that read a tensor, once for each time they do."""
        return list(self._consumers.get(tensor, ()))

    def is_output(self, tensor: Tensor) -> bool:
        """Whether the subgraph returns the tensor."""
        return tensor in self._outputs

    def integers_behind(self, tensor: Tensor | None) -> Tensor | None:
        """The scaled integers that a tensor holds as floats, if it does."""
        source = self.producer(tensor)
        if source is None or source.name != "DEQUANTIZE":
            return None
        integers = source.inputs[0]
        if integers is None or integers.scale() is None:
            return None
        return integers

    def is_only_quantized(self, tensor: Tensor) -> bool:
        """Whether a tensor goes into `QUANTIZE` operators and nowhere else."""
        return not self.is_output(tensor) and all(
            user.name == "QUANTIZE" for user in self.consumers(tensor)
        )
