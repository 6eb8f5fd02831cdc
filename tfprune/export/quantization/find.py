"""From what a user asks for to a quantization mode."""

from collections.abc import Mapping

from tfprune.errors import InvalidInputError
from tfprune.export.quantization.mode import MODES, QuantizationMode
from tfprune.export.quantization.recipe import Recipe

Quantize = str | QuantizationMode | Mapping[str, str | QuantizationMode] | None


def find_mode(quantize: Quantize) -> QuantizationMode:
    """The mode of a name, or the recipe of a dict; None stands for float32.

    Args:
        quantize: A name, a mode, a dict from patterns over layer names to
            names or modes, or None.

    Raises:
        InvalidInputError: When there is no such mode.

    Example:

    ```python
    find_mode({"*": "int8", "head/*": "float32"})
    ```
    """
    if isinstance(quantize, Mapping):
        return Recipe.of(quantize)
    mode = MODES.get("float32" if quantize is None else quantize)
    if not isinstance(mode, QuantizationMode):
        raise InvalidInputError(
            "Expected `quantize` to be a name, a `QuantizationMode`, or a dict "
            f"from layer names to them. Received: {mode!r}. The names are: "
            f"{', '.join(MODES.names())}."
        )
    return mode
