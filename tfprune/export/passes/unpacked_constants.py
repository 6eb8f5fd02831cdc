"""Constants that are unpacked while a model runs, once each."""

from tfprune.export.flatbuffer.bypass import bypass
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.passes.identities import is_alike


def share_unpacked_constants(model: FlatbufferModel) -> int:
    """Unpacks constants that share a buffer once.

    Weights of float16 are read through a `DEQUANTIZE`, whose result takes
    memory while the model runs. Where two of them unpack the same bytes, all
    read the result of the first one.

    Args:
        model: The model; it is changed.

    Returns:
        How many `DEQUANTIZE` were removed.

    Example:

    ```python
    share_equal_buffers(model)
    changes = share_unpacked_constants(model)
    ```
    """
    return sum(share_in(subgraph) for subgraph in model.subgraphs)


def share_in(subgraph: Subgraph) -> int:
    """Shares what it can in one subgraph; returns how many."""
    alike: dict[int, list[Operator]] = {}
    wiring = Wiring(subgraph)
    count = 0
    for operator in list(subgraph.operators):
        source = operator.inputs[0] if operator.inputs else None
        if operator.name != "DEQUANTIZE" or source is None:
            continue
        if source.data is None or source.is_variable:
            continue
        # One buffer is one array.
        known = alike.setdefault(id(source.data), [])
        first = next((x for x in known if does_same(x, operator)), None)
        if first is None:
            known.append(operator)
        elif bypass(operator, first.outputs[0], subgraph, wiring):
            count += 1
    return count


def does_same(first: Operator, second: Operator) -> bool:
    """Whether two operators turn alike numbers into alike ones."""
    pairs = [
        (first.inputs[0], second.inputs[0]),
        (first.outputs[0], second.outputs[0]),
    ]
    return all(
        one is not None and two is not None and is_alike(one, two)
        for one, two in pairs
    )
