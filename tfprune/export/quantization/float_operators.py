"""Float operators that integer models shall not have."""

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor

FLOAT_TYPES = frozenset({"FLOAT16", "FLOAT32", "FLOAT64", "BFLOAT16"})
CONVERSIONS = frozenset({"QUANTIZE", "DEQUANTIZE"})
# What a sign becomes.
SIGN = "GREATER_EQUAL"


def float_operators(model: FlatbufferModel) -> list[str]:
    """Names the float operators between the ends of a model.

    Conversions of an input or an output of the whole model are not counted.

    Args:
        model: The model.

    Returns:
        Each with the tensor that names its layer, sorted.

    Example:

    ```python
    float_operators(read_tflite("int8.tflite"))    # []
    ```
    """
    inner = [
        operator
        for operator in model.operators
        if is_float(operator) and not is_at_an_end(operator, model.main)
    ]
    # Conversions inside are there because of the others: name the cause.
    causes = [item for item in inner if item.name not in CONVERSIONS]
    return sorted({where(item) for item in causes or inner})


def refuse_float_operators(model: FlatbufferModel, mode: str) -> None:
    """Refuses a model that computes with float numbers anywhere.

    Args:
        model: The quantized model.
        mode: Name of the mode, for the message.

    Raises:
        InvalidInputError: When it does.
    """
    # Quantizers leave float what has no integer kernel, without a word.
    names = float_operators(model)
    if not names:
        return
    remedy = (
        "Replace the layers that make them, move them out of the model, or "
        "export with quantize='dynamic'."
    )
    if any(name.startswith(SIGN) for name in names):
        exact = "'low_bit'" if mode == "int8" else "'int8' or 'low_bit'"
        remedy = (
            f"{SIGN} makes the signs that layers of few bits read: export "
            f"their Keras model with quantize={exact}, which keeps them exact."
        )
    raise InvalidInputError(
        f"Expected only integer operators after {mode} quantization. "
        f"Received float ones: {', '.join(names)}. {remedy}"
    )


def is_float(operator: Operator) -> bool:
    """Whether an operator reads or writes floating-point numbers."""
    tensors = [*operator.inputs, *operator.outputs]
    return any(
        item is not None and item.dtype in FLOAT_TYPES for item in tensors
    )


def is_at_an_end(operator: Operator, main: Subgraph) -> bool:
    """Whether it converts an input, or a result, of the whole model."""
    if operator.name == "QUANTIZE":
        return holds(main.inputs, operator.inputs[0])
    if operator.name == "DEQUANTIZE":
        return holds(main.outputs, operator.outputs[0])
    return False


def where(operator: Operator) -> str:
    """Name of an operator, with the tensor that names its layer."""
    return f"{operator.name} ('{operator.outputs[0].name}')"


def holds(tensors: list[Tensor], wanted: Tensor | None) -> bool:
    """Whether a list holds this very tensor."""
    return any(tensor is wanted for tensor in tensors)
