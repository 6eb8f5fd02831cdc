"""Squared differences without an operator of their own."""

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Tensor


def split_squared_differences(model: FlatbufferModel) -> int:
    """Turns every float `SQUARED_DIFFERENCE` into `SUB` and `MUL`.

    It has no int16 kernel, and every normalization layer has one.

    Args:
        model: A float model; it is changed.

    Returns:
        How many operators were replaced.
    """
    main = model.main
    count = 0
    for position, operator in reversed(list(enumerate(main.operators))):
        result = operator.outputs[0] if operator.outputs else None
        if operator.name != "SQUARED_DIFFERENCE" or result is None:
            continue
        difference = Tensor(
            name=f"{result.name}/difference",
            dtype=result.dtype,
            shape=result.shape,
            shape_signature=result.shape_signature,
        )
        main.tensors.append(difference)
        main.operators[position : position + 1] = [
            Operator(
                name="SUB",
                inputs=list(operator.inputs),
                outputs=[difference],
                options_type=schema.BuiltinOptions.SubOptions,
                options=schema.SubOptionsT(),
            ),
            Operator(
                name="MUL",
                inputs=[difference, difference],
                outputs=[result],
                options_type=schema.BuiltinOptions.MulOptions,
                options=schema.MulOptionsT(),
            ),
        ]
        count += 1
    return count
