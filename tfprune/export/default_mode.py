"""How numbers are stored where nobody says, and where somebody does."""

from collections.abc import Sequence

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.source import Source
from tfprune.export.error_line import sentence
from tfprune.export.quantization import (
    Float32,
    LowBit,
    LowBitInt8,
    LowBitRecipe,
    QuantizationMode,
    Recipe,
    find_mode,
)
from tfprune.export.quantization.int8 import STORED_BITS
from tfprune.export.targets import Target

SHOWN = 3


def choose_mode(
    asked: QuantizationMode | None, source: Source, target: Target | None
) -> QuantizationMode:
    """The quantization mode of an export.

    Args:
        asked: What is asked for, or None.
        source: The model.
        target: What the file is meant for, or None.

    Returns:
        What was asked for, else the default, as the model wants it.

    Raises:
        InvalidInputError: When the mode cannot store the numbers of the
            model as they were trained.

    Example:

    ```python
    with open_source(binary_mlp()) as source:
        choose_mode(find_mode("int8"), source, None)    # LowBitInt8(...)
    ```
    """
    mode = default_mode(source, target) if asked is None else asked
    refuse_other_ranges(mode, source)
    if target is not None and mode == LowBit():
        mode = LowBit(target.low_bit_type)
    return source.fitting(keeping_low_bits(mode, source))


def default_mode(source: Source, target: Target | None) -> QuantizationMode:
    """The quantization mode of an export for which none is asked for.

    That is what the target needs; else a model that was trained with fake
    quantization becomes integers of these ranges, weights that were trained
    to few bits keep them, and all others are float32.

    Args:
        source: The model.
        target: What the file is meant for, or None.

    Example:

    ```python
    with open_source(binary_mlp()) as source:
        default_mode(source, None)      # LowBit()
    ```
    """
    if source.is_quantized:
        return find_mode(None)
    if target is not None and target.quantization is not None:
        return find_mode(target.quantization)
    if source.brings_ranges:
        return find_mode("int8").with_float_layers()
    return LowBit() if source.low_bit_layers else find_mode(None)


def refuse_other_ranges(mode: QuantizationMode, source: Source) -> None:
    """Refuses a mode that does not keep the ranges of a model.

    Args:
        mode: What is asked for.
        source: The model.

    Raises:
        InvalidInputError: With the mode that does; naming the layers, where
            some have such ranges and others weights of few bits.
    """
    bits = source.range_bits
    is_mixed = bool(source.low_bit_layers) and not mode.keeps_numbers
    if not bits or (keeps_ranges(mode, source) and not is_mixed):
        return
    if source.low_bit_layers:
        by_floats = keeps_ranges(Float32(), source)
        raise InvalidInputError(
            f"{sentence(source.title)} has layers of few bits "
            f"({shown(source.low_bit_layers)}) and layers trained with fake "
            f"quantization ({shown(source.range_layers)}), which no "
            f"file of integers holds. Received: '{mode.name}'. "
            f"{'Use float32, or train' if by_floats else 'Train'} all of them "
            "in one way."
        )
    trained = (
        f"{sentence(source.title)} was trained with fake quantization of "
        f"{' and '.join(map(str, sorted(bits)))} bits."
    )
    if not bits <= STORED_BITS:
        way_out = ""
        if source.computes_ranges:
            way_out = (
                ", or use quantize='float32', which computes the same in floats"
            )
        raise InvalidInputError(
            f"{trained} Expected 8, and 4 for weights, which are what files "
            f"hold integers of. Train it so{way_out}."
        )
    advice = "Leave `quantize` out, or"
    if isinstance(mode, Recipe):
        advice = (
            "Leave layers float by `layers=` of tfprune.quantize_aware, which "
            "names the others, and leave `quantize` out; or"
        )
    raise InvalidInputError(
        f"{trained} Expected quantize='int8', which stores its ranges. "
        f"Received: '{mode.name}'. {advice} export the model as it was before "
        "that training."
    )


def keeps_ranges(mode: QuantizationMode, source: Source) -> bool:
    """Whether a mode stores the ranges of a model, or computes them."""
    computed = mode.computes_ranges and source.computes_ranges
    return computed or mode.takes_ranges(source.range_bits)


def shown(names: Sequence[str]) -> str:
    """The first few of some names."""
    return ", ".join([*names[:SHOWN], *["..."][: len(names) > SHOWN]])


def keeping_low_bits(
    mode: QuantizationMode, source: Source
) -> QuantizationMode:
    """A mode that leaves weights exact that were trained to few bits.

    Args:
        mode: What is asked for.
        source: The model.

    Returns:
        The same mode, but for `"int8"`, alone or in a recipe, of a model
        with such weights.

    Example:

    ```python
    with open_source(binary_mlp()) as source:
        keeping_low_bits(find_mode("int8"), source)     # LowBitInt8(...)
    ```
    """
    if not source.low_bit_layers:
        return mode
    if isinstance(mode, Recipe):
        has_integers = any(each.name == "int8" for _, each in mode.layers)
        return LowBitRecipe(mode) if has_integers else mode
    if mode.name != "int8":
        return mode
    return mode if isinstance(mode, LowBitInt8) else LowBitInt8(mode)
