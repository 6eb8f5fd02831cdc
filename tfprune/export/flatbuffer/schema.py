"""The TFLite schema: its classes, and its numbers by name."""

from typing import Any

from tfprune.export.dependencies import require

schema = require("ai_edge_litert.schema_py_generated")

# The schema moved the code of an operator from 8 to 32 bits and kept both;
# larger codes do not fit the old field, which then holds this mark.
LAST_8_BIT_CODE = 127


def number_to_name(enumeration: Any) -> dict[int, str]:
    """Names of the members of one of the schema's enumerations."""
    return {
        number: name
        for name, number in vars(enumeration).items()
        if isinstance(number, int)
    }


TENSOR_TYPES = number_to_name(schema.TensorType)
TENSOR_TYPE_NUMBERS = {name: code for code, name in TENSOR_TYPES.items()}
BUILTIN_OPERATORS = number_to_name(schema.BuiltinOperator)
BUILTIN_NUMBERS = {name: code for code, name in BUILTIN_OPERATORS.items()}


def text(value: bytes | str | None) -> str:
    """Text of a string of the schema; bytes that are no UTF-8 survive."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return value.decode("utf-8", "surrogateescape")


def raw(value: str) -> bytes:
    """The bytes that `text` was made from."""
    return value.encode("utf-8", "surrogateescape")


def operator_name(code: Any) -> tuple[str, bool]:
    """Name of an operator code of the schema.

    Args:
        code: The schema's operator code, unpacked.

    Returns:
        The name of the built-in or the custom code, and whether it is custom.
    """
    number = code.builtinCode
    if code.deprecatedBuiltinCode < LAST_8_BIT_CODE:
        number = max(number, code.deprecatedBuiltinCode)
    if number == schema.BuiltinOperator.CUSTOM:
        return text(code.customCode), True
    return BUILTIN_OPERATORS.get(number, f"OPERATOR_{number}"), False
