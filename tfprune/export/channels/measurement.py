"""The constants that channels hold, as a runtime computes them."""

from collections.abc import Iterable

import numpy as np

from tfprune.export.dependencies import require
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Tensor
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.quiet import quiet_native_logs

RUNS = 2


def measure(
    model: FlatbufferModel, wanted: Iterable[Tensor]
) -> dict[Tensor, np.ndarray]:
    """Runs a model on random inputs and looks at its inner tensors.

    Scaled integers are rounded as the runtime rounds them, so that what is
    put in their place is the same to the last bit.

    Args:
        model: The model; it is not changed.
        wanted: Tensors of its main subgraph.

    Returns:
        What each tensor holds, stored, with the runs along a new first axis;
        empty when the runtime cannot run the model.
    """
    litert = require("ai_edge_litert.interpreter")
    resolver = litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    found: dict[Tensor, list[np.ndarray]] = {tensor: [] for tensor in wanted}
    if not found:
        return {}
    places = {tensor: i for i, tensor in enumerate(model.main.tensors)}
    try:
        with quiet_native_logs():
            interpreter = litert.Interpreter(
                model_content=serialize(model),
                experimental_op_resolver_type=resolver,
                experimental_preserve_all_tensors=True,
            )
            interpreter.allocate_tensors()
            for seed in range(RUNS):
                generator = np.random.default_rng(seed)
                for tensor in model.main.inputs:
                    values = random_values(tensor, generator)
                    interpreter.set_tensor(places[tensor], values)
                interpreter.invoke()
                for tensor, arrays in found.items():
                    arrays.append(interpreter.get_tensor(places[tensor]))
    except (RuntimeError, ValueError, KeyError):
        return {}
    return {tensor: np.stack(arrays) for tensor, arrays in found.items()}


def random_values(tensor: Tensor, generator: np.random.Generator) -> np.ndarray:
    """Numbers of the type and shape of an input."""
    dtype = NUMPY_TYPES[tensor.dtype]
    if np.issubdtype(dtype, np.floating):
        return generator.normal(size=tensor.shape).astype(dtype)
    if tensor.scale() is None:
        # They may be positions in a table.
        return generator.integers(0, 2, tensor.shape).astype(dtype)
    ends = np.iinfo(dtype)
    return generator.integers(
        ends.min, ends.max, tensor.shape, endpoint=True, dtype=dtype
    )
