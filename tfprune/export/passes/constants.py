"""Operators that compute the same on every run."""

import numpy as np

from tfprune.export.dependencies import require
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Tensor
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.quiet import quiet_native_logs

# Constants are worth their bytes where they save work, not where they only
# unpack what is stored smaller, or fill a shape with one number.
SPARE_BYTES = 4096

# Weights that are stored small and unpacked when the model is loaded; random
# numbers; what calls other subgraphs or keeps a state.
LEFT = frozenset(
    {
        "ASSIGN_VARIABLE",
        "BERNOULLI",
        "CALL",
        "CALL_ONCE",
        "DENSIFY",
        "DEQUANTIZE",
        "HASHTABLE",
        "IF",
        "MULTINOMIAL",
        "RANDOM_STANDARD_NORMAL",
        "RANDOM_UNIFORM",
        "READ_VARIABLE",
        "VAR_HANDLE",
        "WHILE",
    }
)


def fold_constants(model: FlatbufferModel) -> int:
    """Computes now what operators compute from constants alone.

    The runtime itself computes it. Results that take more room than what they
    are computed from, and four kilobytes, stay computed.

    Args:
        model: The model; it is changed.

    Returns:
        How many operators were replaced by constants.

    Example:

    ```python
    changes = fold_constants(model)
    ```
    """
    return sum(fold_in(subgraph) for subgraph in model.subgraphs)


def fold_in(subgraph: Subgraph) -> int:
    """Folds what it can of one subgraph; returns how many."""
    count = 0
    ends = {*subgraph.outputs, *subgraph.inputs}
    for operator in list(subgraph.operators):
        if is_foldable(operator) and ends.isdisjoint(operator.outputs):
            arrays = computed(operator)
            room = SPARE_BYTES + sum(
                x.num_bytes for x in operator.inputs if x is not None
            )
            if arrays is None or sum(x.nbytes for x in arrays) > room:
                continue
            for tensor, array in zip(operator.outputs, arrays, strict=True):
                flat = np.ascontiguousarray(array).reshape(-1)
                tensor.data = flat.view(np.uint8)
                tensor.shape = array.shape
                tensor.shape_signature = None
            subgraph.operators.remove(operator)
            count += 1
    return count


def is_foldable(operator: Operator) -> bool:
    """Whether an operator reads constants only and returns numbers."""
    given = [x for x in operator.inputs if x is not None]
    return (
        not operator.is_custom
        and operator.name not in LEFT
        and bool(given)
        and all(x.is_constant and not x.is_variable for x in given)
        and not any(x.is_variable for x in operator.outputs)
        and all(x.dtype in NUMPY_TYPES for x in operator.outputs)
    )


def computed(operator: Operator) -> list[np.ndarray] | None:
    """What a runtime computes from an operator; None where it cannot."""
    tensors: list[Tensor] = []
    for tensor in (
        *operator.inputs,
        *operator.outputs,
        *operator.intermediates,
    ):
        if tensor is not None and tensor not in tensors:
            tensors.append(tensor)
    alone = Subgraph(tensors, [], list(operator.outputs), [operator])
    litert = require("ai_edge_litert.interpreter")
    try:
        with quiet_native_logs():
            interpreter = litert.Interpreter(
                model_content=serialize(FlatbufferModel([alone]))
            )
            interpreter.allocate_tensors()
            interpreter.invoke()
        return [
            interpreter.get_tensor(x["index"])
            for x in interpreter.get_output_details()
        ]
    except (RuntimeError, ValueError):
        return None
