"""Flatbuffers of one dense layer between signs, made by hand."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from tfprune.export import FlatbufferModel, serialize
from tfprune.export.flatbuffer.model import Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.low_bit.real_constant import real_constant


def sign_of(source, name):
    """The operators and tensors of a sign."""
    zero, one, minus = (
        real_constant(f"{name}/{x}", np.float32(x)) for x in (0, 1, -1)
    )
    above = Tensor(f"{name}/above", "BOOL", source.shape)
    result = Tensor(name, "FLOAT32", source.shape)
    compare = Operator("GREATER_EQUAL", [source, zero], [above])
    select = Operator("SELECT_V2", [above, one, minus], [result])
    return [compare, select], [zero, one, minus, above, result]


def dense(kernel, bias=None, before=True, after=True):
    """A model `sign(kernel sign(x) + bias)`, with or without the signs.

    Args:
        kernel: float32 `(units, inputs)`.
        bias: float32 `(units,)`, or None.
        before: Whether the inputs become signs.
        after: Whether the outputs do.
    """
    units, inputs = kernel.shape
    x = Tensor("x", "FLOAT32", (1, inputs))
    sums = Tensor("sums", "FLOAT32", (1, units))
    weights = real_constant("kernel", kernel)
    shift = None if bias is None else real_constant("bias", bias)
    tensors = [x, weights, sums] + ([] if shift is None else [shift])
    operators, source = [], x
    if before:
        operators, more = sign_of(x, "given")
        tensors += more
        source = more[-1]
    operators.append(
        Operator(
            "FULLY_CONNECTED",
            [source, weights, shift],
            [sums],
            options_type=schema.BuiltinOptions.FullyConnectedOptions,
            options=schema.FullyConnectedOptionsT(),
        )
    )
    result = sums
    if after:
        steps, more = sign_of(sums, "result")
        operators += steps
        tensors += more
        result = more[-1]
    return FlatbufferModel([Subgraph(tensors, [x], [result], operators)])


def outputs_of(model, data):
    """What LiteRT computes, one row for each row of the data."""
    interpreter = Interpreter(model_content=serialize(model))
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]["index"]
    wanted = interpreter.get_output_details()[0]["index"]
    rows = []
    for row in data:
        interpreter.set_tensor(given, row[None])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(wanted)[0])
    return np.stack(rows)
