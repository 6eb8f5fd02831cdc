"""Splits of an integer model, without floats."""

from dataclasses import replace

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring

# The first version that splits int8.
INTEGER_VERSION = 2
# Where the operators take what they split.
SOURCES = {"SPLIT": 1, "SPLIT_V": 0}


def use_integer_splits(model: FlatbufferModel) -> int:
    """Turns float splits between integers into integer ones.

    Where one part of a split is never read, the converter finds no range for
    it and, in some runs of the same conversion, leaves the split float. The
    first step of an unrolled LSTM is such a case. litert-quantizer knows no
    integer `SPLIT_V`, which removing channels of one part leaves.

    Args:
        model: The model; it is changed.

    Returns:
        How many operators were replaced.

    Example:

    ```python
    changes = use_integer_splits(model)
    ```
    """
    return sum(replace_in(subgraph) for subgraph in model.subgraphs)


def replace_in(subgraph: Subgraph) -> int:
    """Replaces what it can in one subgraph; returns how many."""
    wiring = Wiring(subgraph)
    count = 0
    for position, operator in enumerate(subgraph.operators):
        if operator.name not in SOURCES:
            continue
        place = SOURCES[operator.name]
        integers = wiring.integers_behind(operator.inputs[place])
        if integers is None or not all(
            wiring.is_only_quantized(part) for part in operator.outputs
        ):
            continue
        parts = [as_integers(part, integers) for part in operator.outputs]
        subgraph.tensors.extend(parts)
        inputs = list(operator.inputs)
        inputs[place] = integers
        subgraph.operators[position] = replace(
            operator,
            inputs=inputs,
            outputs=parts,
            version=max(operator.version, INTEGER_VERSION),
        )
        for old, new in zip(operator.outputs, parts, strict=True):
            for user in wiring.consumers(old):
                feed(user, new, wiring)
        count += 1
    return count


def as_integers(part: Tensor, integers: Tensor) -> Tensor:
    """A part of the split as integers of the scale of the whole."""
    return Tensor(
        name=part.name,
        dtype=integers.dtype,
        shape=part.shape,
        shape_signature=part.shape_signature,
        quantization=integers.quantization,
    )


def feed(quantize: Operator, part: Tensor, wiring: Wiring) -> None:
    """Gives an integer part to a `QUANTIZE`, or past it to its readers."""
    result = quantize.outputs[0]
    quantize.inputs[0] = part
    # Else it stays and changes the scale, integer to integer.
    if part.counts_like(result):
        for reader in wiring.consumers(result):
            reader.inputs[:] = [
                part if tensor is result else tensor for tensor in reader.inputs
            ]
