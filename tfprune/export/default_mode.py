"""How numbers are stored where nobody says."""

from tfprune.export.conversion.source import Source
from tfprune.export.quantization import LowBit, QuantizationMode, find_mode
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
