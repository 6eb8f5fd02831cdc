"""Negations and squares of an integer model, without floats."""

import numpy as np

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Quantization, Tensor
from tfprune.export.flatbuffer.wiring import Wiring

# From this version on MUL may scale its product up.
UPSCALING_VERSION = 3
SIGNED = frozenset({"INT8", "INT16"})


def use_integer_products(model: FlatbufferModel) -> int:
    """Turns float negations and squares between integers into integer MUL.

    The converter has no int8 kernel for NEG and SQUARE, of which every
    normalization layer has one, and leaves `DEQUANTIZE, NEG, QUANTIZE`. The
    same number is `x * -1`, the square `x * x`, and MUL is an integer
    operator that any runtime has.

    Args:
        model: The model; it is changed.

    Returns:
        How many operators were replaced.

    Example:

    ```python
    changes = use_integer_products(model)
    ```
    """
    return sum(replace_in(subgraph) for subgraph in model.subgraphs)


def replace_in(subgraph: Subgraph) -> int:
    """Replaces what it can in one subgraph; returns how many."""
    wiring = Wiring(subgraph)
    count = 0
    for operator in list(subgraph.operators):
        if operator.name not in ("NEG", "SQUARE"):
            continue
        result = operator.outputs[0]
        integer = wiring.integers_behind(operator.inputs[0])
        if integer is None or not wiring.is_only_quantized(result):
            continue
        users = wiring.consumers(result)
        if integer.dtype not in SIGNED or any(
            user.outputs[0].dtype != integer.dtype for user in users
        ):
            continue
        for user in wiring.consumers(result):
            factor = integer
            if operator.name == "NEG":
                factor = integer_constant(
                    f"{integer.name}/minus_one", -1.0, integer.dtype
                )
                subgraph.tensors.append(factor)
            position = subgraph.operators.index(user)
            subgraph.operators[position] = product(
                integer, factor, user.outputs[0]
            )
        subgraph.operators.remove(operator)
        count += 1
    return count


def integer_constant(name: str, value: float, dtype: str) -> Tensor:
    """One number as a constant of scaled integers.

    Written as 127 times a scale, since old runtimes only scale products down.

    Args:
        name: Its name.
        value: The number; not 0.
        dtype: `"INT8"` or `"INT16"`.
    """
    stored = np.array([np.copysign(127, value)], dtype.lower())
    return Tensor(
        name=name,
        dtype=dtype,
        shape=(1,),
        data=stored.view(np.uint8),
        quantization=Quantization(
            np.full(1, abs(value) / 127, "f4"), np.zeros(1, "i8")
        ),
    )


def product(left: Tensor, right: Tensor, output: Tensor) -> Operator:
    """The operator that multiplies two integer tensors."""
    scales = [tensor.scale() or 0.0 for tensor in (left, right, output)]
    grows = scales[0] * scales[1] >= scales[2]
    return Operator(
        name="MUL",
        inputs=[left, right],
        outputs=[output],
        version=UPSCALING_VERSION if grows else UPSCALING_VERSION - 1,
        options_type=schema.BuiltinOptions.MulOptions,
        options=schema.MulOptionsT(),
    )
