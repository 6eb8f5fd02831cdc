"""Integer inputs and outputs of a quantized model."""

from dataclasses import replace

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Quantization, Tensor
from tfprune.export.flatbuffer.wiring import Wiring

# uint8 counts from 0 where int8 counts from -128.
UINT8_OFFSET = 128


def set_end_types(
    model: FlatbufferModel, input_type: str, output_type: str
) -> None:
    """Lets a quantized model take and give integers in place of floats.

    Inputs and outputs that are not float32 stay as they are.

    Args:
        model: A quantized model with float ends; it is changed.
        input_type: `"float32"`, `"int8"`, `"int16"` or `"uint8"`.
        output_type: The same for the outputs.

    Raises:
        InvalidInputError: When an operator at that end computes with floats,
            or with other integers.

    Example:

    ```python
    set_end_types(model, "uint8", "uint8")
    ```
    """
    if input_type != "float32":
        for tensor in dict.fromkeys(model.main.inputs):
            if tensor.dtype == "FLOAT32":
                set_input(model.main, tensor, input_type)
    if output_type != "float32":
        for tensor in dict.fromkeys(model.main.outputs):
            if tensor.dtype == "FLOAT32":
                set_output(model.main, tensor, output_type)


def set_input(main: Subgraph, tensor: Tensor, wanted: str) -> None:
    """Makes one input hold integers.

    Raises:
        InvalidInputError: When something reads it as floats.
    """
    wiring = Wiring(main)
    users = wiring.consumers(tensor)
    if not users or not wiring.is_only_quantized(tensor):
        raise no_integers("input", tensor, wanted)
    first = users[0].outputs[0]
    if any(
        (user.outputs[0].dtype, user.outputs[0].scale())
        != (first.dtype, first.scale())
        for user in users
    ):
        raise no_integers("input", tensor, wanted)
    become(tensor, first, wanted, end="input")
    if tensor.dtype != first.dtype:
        return
    for user in users:
        main.operators.remove(user)
        redirect(main, user.outputs[0], tensor)


def set_output(main: Subgraph, tensor: Tensor, wanted: str) -> None:
    """Makes one output hold integers.

    Raises:
        InvalidInputError: When it is computed from floats.
    """
    wiring = Wiring(main)
    source = wiring.integers_behind(tensor)
    last = wiring.producer(tensor)
    if source is None or last is None or wiring.consumers(tensor):
        raise no_integers("output", tensor, wanted)
    become(tensor, source, wanted, end="output")
    producer = wiring.producer(source)
    if tensor.dtype != source.dtype or producer is None:
        position = main.operators.index(last)
        main.operators[position] = Operator(
            name="QUANTIZE",
            inputs=[source],
            outputs=[tensor],
            options_type=schema.BuiltinOptions.QuantizeOptions,
            options=schema.QuantizeOptionsT(),
        )
        return
    main.operators.remove(last)
    producer.outputs[:] = [
        tensor if item is source else item for item in producer.outputs
    ]
    redirect(main, source, tensor)


def become(tensor: Tensor, source: Tensor, wanted: str, *, end: str) -> None:
    """Gives a tensor the integers of another, or their uint8 twins.

    Raises:
        InvalidInputError: When the other holds integers of another size.
    """
    quantization = source.quantization
    if quantization is None:
        raise no_integers(end, tensor, wanted)
    if wanted == "uint8" and source.dtype == "INT8":
        tensor.dtype = "UINT8"
        tensor.quantization = shifted(quantization)
        return
    if source.dtype != wanted.upper():
        raise no_integers(end, tensor, wanted)
    tensor.dtype = source.dtype
    tensor.quantization = quantization


def shifted(quantization: Quantization) -> Quantization:
    """The same real numbers for integers that count from 0."""
    return replace(
        quantization, zero_points=quantization.zero_points + UINT8_OFFSET
    )


def redirect(main: Subgraph, old: Tensor, new: Tensor) -> None:
    """Lets all readers of a tensor read another, and drops it."""
    for operator in main.operators:
        operator.inputs[:] = [
            new if item is old else item for item in operator.inputs
        ]
    main.outputs[:] = [new if item is old else item for item in main.outputs]
    main.tensors.remove(old)


def no_integers(end: str, tensor: Tensor, wanted: str) -> InvalidInputError:
    """Says why an end cannot be of a type."""
    return InvalidInputError(
        f"Expected {end} '{tensor.name}' to meet {wanted} operators only, for "
        f"`{end}_type` '{wanted}'. Received a model that computes with other "
        f"numbers there. Set `{end}_type` to 'float32', or quantize those "
        "layers too."
    )
