"""The interpreter that runs a `.tflite` file here."""

from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export.dependencies import require
from tfprune.export.error_line import error_line
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quiet import quiet_native_logs

# What TensorFlow's own operators are called in a .tflite file.
SELECTED = "Flex"
UNKNOWN = ("Select TensorFlow op", "unresolved custom op")


class UnknownOperatorError(InvalidInputError):
    """A file holds an operator that no interpreter here has."""


def make_interpreter(
    model: FlatbufferModel, content: bytes, *, source: str, num_threads: int
) -> Any:
    """Makes an interpreter that is ready to run.

    Args:
        model: What the file holds.
        content: Its checked bytes.
        source: What to call them in messages.
        num_threads: Threads of the interpreter.

    Returns:
        LiteRT's interpreter, or TensorFlow's where the file needs operators
        of TensorFlow, which only that one may have.

    Raises:
        UnknownOperatorError: When the file holds an operator that is not
            installed here.
        InvalidInputError: When it cannot be run for another reason.
    """
    selected = any(
        name.startswith(SELECTED) for name in custom_operators(model)
    )
    library = (
        require("tensorflow").lite
        if selected
        else require("ai_edge_litert.interpreter")
    )
    try:
        with quiet_native_logs():
            interpreter = library.Interpreter(
                model_content=content, num_threads=num_threads
            )
            interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise cannot_run(model, source, error) from error
    return interpreter


def cannot_run(
    model: FlatbufferModel, source: str, error: Exception
) -> InvalidInputError:
    """The error for a file that an interpreter refuses.

    Args:
        model: What the file holds.
        source: What to call it.
        error: What the interpreter raised.
    """
    if any(text in str(error) for text in UNKNOWN):
        return UnknownOperatorError(
            f"LiteRT cannot run '{source}': no interpreter here has the "
            f"operators {', '.join(custom_operators(model))}."
        )
    return InvalidInputError(
        f"LiteRT cannot run '{source}': {error_line(error)}"
    )


def custom_operators(model: FlatbufferModel) -> list[str]:
    """Names of the operators that are not LiteRT's own."""
    return sorted({x.name for x in model.operators if x.is_custom})
