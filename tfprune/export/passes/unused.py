"""Operators and tensors that nothing needs."""

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor

# Their effect is not in their outputs.
SIDE_EFFECTS = frozenset(
    {
        "ASSIGN_VARIABLE",
        "CALL",
        "CALL_ONCE",
        "HASHTABLE_IMPORT",
        "IF",
        "VAR_HANDLE",
        "WHILE",
    }
)


def remove_unused(model: FlatbufferModel) -> int:
    """Removes operators whose outputs nobody reads, then tensors nobody uses.

    Operators with effects beyond their outputs stay, and so do custom ones.

    Args:
        model: The model; it is changed.

    Returns:
        How many operators and tensors were removed.

    Example:

    ```python
    remove_unused(model)
    ```
    """
    named = {
        tensor
        for signature in model.signatures
        for tensor in (
            *signature.inputs.values(),
            *signature.outputs.values(),
        )
    }
    return sum(sweep(subgraph, named) for subgraph in model.subgraphs)


def sweep(subgraph: Subgraph, named: set[Tensor]) -> int:
    """Removes what is unused in one subgraph; returns how much."""
    needed = {*subgraph.outputs, *named}
    kept: list[Operator] = []
    # Backwards: an operator is needed if a needed one reads its outputs.
    for operator in reversed(subgraph.operators):
        if (
            operator.is_custom
            or operator.name in SIDE_EFFECTS
            or not operator.outputs
            or not needed.isdisjoint(operator.outputs)
        ):
            kept.append(operator)
            needed.update(tensors_of(operator))
    needed.update(subgraph.inputs)
    for tensor in list(needed):
        needed.update(scales_of(tensor))
    before = len(subgraph.operators) + len(subgraph.tensors)
    subgraph.operators[:] = reversed(kept)
    subgraph.tensors[:] = [x for x in subgraph.tensors if x in needed]
    return before - len(subgraph.operators) - len(subgraph.tensors)


def tensors_of(operator: Operator) -> list[Tensor]:
    """All tensors that an operator mentions."""
    mentioned = (*operator.inputs, *operator.outputs, *operator.intermediates)
    return [tensor for tensor in mentioned if tensor is not None]


def scales_of(tensor: Tensor) -> list[Tensor]:
    """Tensors that hold the scales of the blocks of another."""
    if tensor.quantization is None:
        return []
    blocks = (
        tensor.quantization.block_scales,
        tensor.quantization.block_zero_points,
    )
    return [item for item in blocks if item is not None]
