"""Constants of their own for operators that share one."""

from collections import defaultdict
from dataclasses import replace

from tfprune.export.channels.trace import SHARED_BYTES
from tfprune.export.flatbuffer.model import Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor


def separate_constants(subgraph: Subgraph) -> int:
    """Gives each reader of an unpacked constant a constant of its own.

    Converters store equal constants once. Layers whose biases happen to be
    equal would then have to lose the same channels: what is cut is the one
    constant, and what its `DEQUANTIZE` makes of it. The copies share their
    bytes; `share_unpacked_constants` joins those that stayed equal. Large
    constants are shared on purpose, and stay so.

    Args:
        subgraph: The subgraph; it is changed.

    Returns:
        How many readers got a constant of their own.
    """
    pinned = {*subgraph.inputs, *subgraph.outputs}
    readers: defaultdict[Tensor, list[tuple[Operator, int]]]
    readers = defaultdict(list)
    for operator in subgraph.operators:
        for position, tensor in enumerate(operator.inputs):
            if tensor is not None:
                readers[tensor].append((operator, position))
    taken: set[Tensor] = set()
    operators: list[Operator] = []
    count = 0
    for operator in subgraph.operators:
        operators.append(operator)
        if not unpacks_small(operator):
            continue
        constant, result = operator.inputs[0], operator.outputs[0]
        if constant is None or not pinned.isdisjoint([constant, result]):
            continue
        if constant in taken:
            own = replace(constant)
            operator.inputs[0] = own
            subgraph.tensors.append(own)
            count += 1
        taken.add(constant)
        for reader, position in readers[result][1:]:
            source, target = replace(constant), replace(result)
            subgraph.tensors += [source, target]
            operators.append(
                replace(operator, inputs=[source], outputs=[target])
            )
            reader.inputs[position] = target
            count += 1
    subgraph.operators[:] = operators
    return count


def unpacks_small(operator: Operator) -> bool:
    """Whether an operator turns a small constant into floats."""
    if operator.name != "DEQUANTIZE" or operator.is_custom:
        return False
    source = operator.inputs[0]
    return (
        source is not None
        and source.is_constant
        and not source.is_variable
        and source.num_bytes < SHARED_BYTES
    )
