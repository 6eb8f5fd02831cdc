"""How numbers are stored where nobody says."""

from tfprune.export.conversion.source import Source
from tfprune.export.quantization import (
    LowBit,
    LowBitInt8,
    QuantizationMode,
    find_mode,
)
from tfprune.export.targets import Target


def default_mode(source: Source, target: Target | None) -> QuantizationMode:
    """The quantization mode of an export for which none is asked for.

    That is what the target needs; else weights that were trained to few bits
    keep them; else float32.

    Args:
        source: The model.
        target: What the file is meant for, or None.

    Example:

    ```python
    with open_source(binary_mlp()) as source:
        default_mode(source, None)      # LowBit(weights="int4")
    ```
    """
    if source.is_quantized:
        return find_mode(None)
    if target is not None and target.quantization is not None:
        return find_mode(target.quantization)
    if not source.low_bit_layers:
        return find_mode(None)
    return LowBit() if target is None else LowBit(target.low_bit_type)


def keeping_low_bits(
    mode: QuantizationMode, source: Source
) -> QuantizationMode:
    """A mode that leaves weights exact that were trained to few bits.

    Args:
        mode: What is asked for.
        source: The model.

    Returns:
        The same mode, but for `"int8"` of a model with such weights.

    Example:

    ```python
    with open_source(binary_mlp()) as source:
        keeping_low_bits(find_mode("int8"), source)     # LowBitInt8(...)
    ```
    """
    if mode.name != "int8" or not source.low_bit_layers:
        return mode
    return mode if isinstance(mode, LowBitInt8) else LowBitInt8(mode)
