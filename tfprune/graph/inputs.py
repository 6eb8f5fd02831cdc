"""What a handler gets of one call: the inputs, and what else was passed."""

import inspect
from collections.abc import Iterator, Sequence
from functools import cached_property
from types import SimpleNamespace
from typing import Any, overload

from tfprune.graph.channels import ChannelTensor, Shape
from tfprune.graph.keras_graph import Call


class Inputs(Sequence[ChannelTensor]):
    """The tensors of one call in the order in which they were passed.

    Args:
        tensors: The tensors.
        call: The call as it was recorded.
        arguments: Positional and keyword arguments, with `ChannelTensor`s in
            place of tensors.
        output_shapes: The full shapes of the call's outputs.

    Example:

    ```python
    x = inputs[0]
    mask = inputs.arguments.get("attention_mask")
    ```
    """

    def __init__(
        self,
        tensors: Sequence[ChannelTensor],
        call: Call,
        arguments: tuple[tuple[Any, ...], dict[str, Any]],
        output_shapes: Sequence[Shape],
    ) -> None:
        self.tensors = tuple(tensors)
        self.output_shapes = tuple(output_shapes)
        self._call = call
        self._passed = arguments

    @cached_property
    def arguments(self) -> dict[str, Any]:
        """Everything that was passed, by the name of the argument."""
        args, kwargs = self._passed
        signature = inspect.signature(self._call.operation.call)
        return dict(signature.bind_partial(*args, **kwargs).arguments)

    @property
    def settled(self) -> bool:
        """Whether numbers among the arguments tell no size of a recording."""
        return self._call.settled

    def of_part(
        self, part: Any, tensor: ChannelTensor, output_shapes: Sequence[Shape]
    ) -> "Inputs":
        """What a layer hands to a layer that it holds.

        Args:
            part: The inner layer.
            tensor: The one tensor that it is called on.
            output_shapes: The full shapes of its outputs.
        """
        call = Call(SimpleNamespace(operation=part))
        return Inputs([tensor], call, ((tensor,), {}), output_shapes)

    def setting(self, name: str) -> Any:
        """A setting of the operation, freed of the sizes of the recording."""
        default = getattr(self._call.operation, name)
        return self._call.entries.get(name, default)

    @overload
    def __getitem__(self, index: int) -> ChannelTensor: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[ChannelTensor]: ...

    def __getitem__(
        self, index: int | slice
    ) -> ChannelTensor | Sequence[ChannelTensor]:
        return self.tensors[index]

    def __iter__(self) -> Iterator[ChannelTensor]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)
