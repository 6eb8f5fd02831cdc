"""Operators that compute the same on every run."""

from collections.abc import Iterator, Sequence

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Tensor
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.running.isolated_interpreter import (
    IsolatedInterpreter,
    LostInterpreterError,
    temporary_file,
)
from tfprune.export.running.runtime import RUNTIMES

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

    The runtime itself computes it, all at once, in a process of its own.
    Results that take more room than what they are computed from, and four
    kilobytes, stay computed.

    Args:
        model: The model; it is changed.

    Returns:
        How many operators were replaced by constants.

    Example:

    ```python
    changes = fold_constants(model)
    ```
    """
    total = 0
    while count := fold_once(model):
        total += count
    return total


def fold_once(model: FlatbufferModel) -> int:
    """Folds what reads nothing but constants; returns how many."""
    chosen = {
        operator: subgraph
        for subgraph in model.subgraphs
        for operator in subgraph.operators
        if is_foldable(operator)
        and {*subgraph.outputs, *subgraph.inputs}.isdisjoint(operator.outputs)
        # What the file states need not be so, but mostly is.
        and stated_bytes(operator.outputs) <= room_of(operator)
    }
    if not chosen:
        return 0
    count = 0
    for operator, arrays in computed(list(chosen)):
        if sum(x.nbytes for x in arrays) > room_of(operator):
            continue
        for tensor, array in zip(operator.outputs, arrays, strict=True):
            flat = np.ascontiguousarray(array).reshape(-1)
            tensor.data = flat.view(np.uint8)
            tensor.shape = array.shape
            tensor.shape_signature = None
        chosen[operator].operators.remove(operator)
        count += 1
    return count


def room_of(operator: Operator) -> int:
    """Bytes that the results of an operator may take."""
    return SPARE_BYTES + sum(
        x.num_bytes for x in operator.inputs if x is not None
    )


def stated_bytes(tensors: Sequence[Tensor]) -> int:
    """Bytes of tensors of the shapes that the file states."""
    return sum(x.size * NUMPY_TYPES[x.dtype].itemsize for x in tensors)


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


def computed(
    operators: Sequence[Operator],
) -> Iterator[tuple[Operator, list[np.ndarray]]]:
    """What a runtime computes from operators; leaves out what it cannot run.

    Args:
        operators: Operators that read constants only.

    Yields:
        Each operator with what it gives, one array for each output.
    """
    with IsolatedInterpreter(RUNTIMES["litert"]) as interpreter:
        try:
            yield from together(operators, interpreter)
            return
        except LostInterpreterError:
            return
        except InvalidInputError:
            if len(operators) == 1:
                return
        for operator in operators:
            # One that cannot be run shall not keep the others.
            try:
                yield from together([operator], interpreter)
            except LostInterpreterError:
                return
            except InvalidInputError:
                continue


def together(
    operators: Sequence[Operator], interpreter: IsolatedInterpreter
) -> list[tuple[Operator, list[np.ndarray]]]:
    """Runs operators as one model.

    Raises:
        InvalidInputError: When the runtime cannot.
    """
    tensors: dict[Tensor, None] = {}
    results: dict[Tensor, None] = {}
    for operator in operators:
        for tensor in (
            *operator.inputs,
            *operator.outputs,
            *operator.intermediates,
        ):
            if tensor is not None:
                tensors[tensor] = None
        results.update(dict.fromkeys(operator.outputs))
    alone = Subgraph(list(tensors), [], list(results), list(operators))
    with temporary_file(serialize(FlatbufferModel([alone]))) as path:
        interpreter.load(path, source="constant operators")
    arrays = dict(zip(results, interpreter.run([]), strict=True))
    return [(x, [arrays[y] for y in x.outputs]) for x in operators]
