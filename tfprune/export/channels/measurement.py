"""The constants that channels hold, as a runtime computes them."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from tfprune.export.dependencies import require
from tfprune.export.flatbuffer.model import FlatbufferModel, Subgraph
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Tensor
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.quiet import quiet_native_logs

RUNS = 2
# Fast kernels and plain ones may round a product of integers differently.
RESOLVERS = ("AUTO", "BUILTIN_WITHOUT_DEFAULT_DELEGATES")


def measure(
    model: FlatbufferModel, wanted: Iterable[Tensor]
) -> dict[Tensor, np.ndarray]:
    """Runs a model on random inputs and looks at its inner tensors.

    It runs with the kernels of LiteRT's default delegate and without: what
    is put in the place of a constant then is the same to the last bit for
    both.

    Args:
        model: The model; it is not changed.
        wanted: Tensors of its main subgraph.

    Returns:
        What each tensor holds, stored, with the runs along a new first axis;
        empty when the runtime cannot run the model.
    """
    tensors = list(wanted)
    if not tensors:
        return {}
    main = replace(model.main, outputs=tensors)
    content = serialize(FlatbufferModel([main, *model.subgraphs[1:]]))
    try:
        with quiet_native_logs():
            runs = [
                run
                for resolver in RESOLVERS
                for run in outputs_of(content, main, resolver)
            ]
    except (RuntimeError, ValueError, KeyError):
        return {}
    return {
        tensor: np.stack([run[place] for run in runs])
        for place, tensor in enumerate(tensors)
    }


def outputs_of(
    content: bytes, main: Subgraph, resolver: str
) -> list[list[np.ndarray]]:
    """The outputs of a model on random inputs, run by run."""
    litert = require("ai_edge_litert.interpreter")
    interpreter = litert.Interpreter(
        model_content=content,
        experimental_op_resolver_type=getattr(litert.OpResolverType, resolver),
    )
    interpreter.allocate_tensors()
    found = []
    for seed in range(RUNS):
        generator = np.random.default_rng(seed)
        places = [x["index"] for x in interpreter.get_input_details()]
        for place, tensor in zip(places, main.inputs, strict=True):
            interpreter.set_tensor(place, random_values(tensor, generator))
        interpreter.invoke()
        found.append(
            [
                interpreter.get_tensor(x["index"])
                for x in interpreter.get_output_details()
            ]
        )
    return found


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
