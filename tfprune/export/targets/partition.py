"""Which operators can be handed to a device in one piece."""

from collections.abc import Collection

from tfprune.export.flatbuffer.model import Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor


def first_piece(
    subgraph: Subgraph, supported: Collection[Operator]
) -> tuple[int, ...]:
    """The operators that a device takes over in one piece.

    TensorFlow Lite cuts a graph into pieces that run one after the other, of
    operators that a device supports and of others in turn; a piece takes all
    operators of its kind whose inputs are there. The Edge TPU compiler maps
    the first piece of its own only.

    Args:
        subgraph: The graph.
        supported: The operators that the device supports.

    Returns:
        Their positions, in order.

    Example:

    ```python
    first_piece(model.main, model.main.operators)     # all of them
    ```
    """
    wanted = set(supported)
    waiting = dict(enumerate(subgraph.operators))
    missing = {
        tensor for operator in waiting.values() for tensor in operator.outputs
    }
    others = take_ready(waiting, missing, wanted, on_device=False)
    piece = take_ready(waiting, missing, wanted, on_device=True)
    while others and not piece:
        others = take_ready(waiting, missing, wanted, on_device=False)
        piece = take_ready(waiting, missing, wanted, on_device=True)
    return tuple(sorted(piece))


def take_ready(
    waiting: dict[int, Operator],
    missing: set[Tensor],
    wanted: set[Operator],
    *,
    on_device: bool,
) -> list[int]:
    """Takes away the operators of one kind whose inputs are there.

    Args:
        waiting: Operators that belong to no piece yet; some are removed.
        missing: Tensors that are not computed yet; some are removed.
        wanted: The operators that the device supports.
        on_device: Which kind to take.

    Returns:
        The positions of those that were taken.
    """
    taken: list[int] = []
    grew = True
    while grew:
        grew = False
        for index, operator in list(waiting.items()):
            if (operator in wanted) != on_device:
                continue
            if missing.isdisjoint(x for x in operator.inputs if x is not None):
                del waiting[index]
                missing.difference_update(operator.outputs)
                taken.append(index)
                grew = True
    return taken
