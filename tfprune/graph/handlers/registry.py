"""Which handler declares the channels of which layer or operation."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import keras

from tfprune.graph.binding import Binding
from tfprune.graph.channels import Channels
from tfprune.graph.inputs import Inputs
from tfprune.kind_registry import KindRegistry

Handler: TypeAlias = Callable[[Any, Inputs, Channels], Binding]

_HANDLERS: KindRegistry[Handler] = KindRegistry("handler")
_WITH_OPERANDS: set[Handler] = set()
_FREE: dict[type, frozenset[str]] = {}


def handles(
    *kinds: type | str, operands: bool = False, free: Sequence[str] = ()
) -> Callable[[Handler], Handler]:
    """Registers a function that declares the channels of a layer type.

    The function is called once for each call of such a layer, with the layer,
    its inputs as channel ids (`tfprune.graph.Inputs`, a sequence that also
    knows all arguments by name), and the `Channels` to make ids from.

    Args:
        *kinds: Layer classes; or, for operations of `keras.ops` and private
            layers of Keras, the names of their classes (`"Relu"`).
        operands: Whether weights and arrays that an operation is given come
            as `Operand`s, whose axes the handler binds itself.
        free: Names that a subclass may define and still have this handler:
            whatever they hold, the channels are the same.

    Returns:
        A decorator that returns the function unchanged.

    Raises:
        InvalidInputError: When a kind already has a handler.

    Example:

    ```python
    @tfprune.handles(Scale)
    def scale(layer, inputs, channels):
        ids = channels.along(inputs[0], -1)
        return tfprune.Binding(
            output=inputs[0].ids,
            axes=(tfprune.WeightAxis("factor", 0, ids, "out"),),
        )
    ```
    """

    def register(handler: Handler) -> Handler:
        _HANDLERS.register(*kinds)(handler)
        for kind in kinds:
            if not isinstance(kind, str):
                _FREE[kind] = frozenset(free)
        if operands:
            _WITH_OPERANDS.add(handler)
        return handler

    return register


def find_handler(operation: Any) -> Handler | None:
    """The handler of a layer or operation; None when there is none.

    A subclass inherits its parent's handler only while it defines nothing
    that could change what is computed: that is not guessed.
    """
    kind = type(operation)
    if isinstance(operation, keras.layers.Layer):
        for index, parent in enumerate(kind.__mro__):
            if parent in _HANDLERS.layers:
                added = {x for new in kind.__mro__[:index] for x in vars(new)}
                added -= _FREE[parent]
                return _HANDLERS.layers[parent] if harmless(added) else None
    if kind.__module__.startswith("keras."):
        return _HANDLERS.named.get(kind.__name__)
    return None


def takes_operands(operation: Any) -> bool:
    """Whether a handler binds weights among the arguments itself."""
    return find_handler(operation) in _WITH_OPERANDS


def harmless(names: set[str]) -> bool:
    """Whether a subclass with these names computes what its parent does."""
    allowed = {"build", "get_config", "from_config", "_abc_impl"}
    return all(
        name in allowed or (name.startswith("__") and name != "__call__")
        for name in names
    )


def handled_layers() -> tuple[type, ...]:
    """The layer classes that have a handler."""
    return tuple(_HANDLERS.layers)


def handled_operations() -> Mapping[str, Handler]:
    """The handlers of operations, by the name of the operation's class."""
    return MappingProxyType(_HANDLERS.named)
