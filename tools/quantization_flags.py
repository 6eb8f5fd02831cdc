"""The flags that say how the numbers of a file are stored."""

from absl import flags as absl_flags

from tfprune.errors import InvalidInputError
from tfprune.export import LowBit, QuantizationMode
from tfprune.export.quantization import find_mode

LOW_BIT = "low_bit"


def read_mode(flags: absl_flags.FlagValues) -> QuantizationMode | None:
    """The quantization mode that the flags describe.

    Args:
        flags: Those of `tfprune convert`.

    Returns:
        The mode; None where the model and the target decide.

    Raises:
        InvalidInputError: When there is no such mode, or it has no choice of
            the scales of dense layers, or of the type of weights, where one
            was made.
    """
    if flags.low_bit_weights is not None:
        if flags.quantize not in (None, LOW_BIT):
            raise InvalidInputError(
                f"Expected --low_bit_weights with --quantize={LOW_BIT}. "
                f"Received: --quantize={flags.quantize}. Leave one of them out."
            )
        return LowBit(flags.low_bit_weights)
    if flags.quantize is None:
        return None
    mode = find_mode(names_of(flags.quantize))
    per_tensor = read_dense_scales(flags)
    if per_tensor is None:
        return mode
    return mode.with_dense_scales(per_tensor=per_tensor)


def read_dense_scales(flags: absl_flags.FlagValues) -> bool | None:
    """Whether dense layers have one scale a kernel; None where nobody says.

    Args:
        flags: Those of `tfprune convert`.
    """
    given = flags["per_tensor_dense"]
    return bool(given.value) if given.present else None


def names_of(text: str) -> str | dict[str, str]:
    """The name of a mode, or the modes of layers as `pattern=mode` words.

    Raises:
        InvalidInputError: When a word has no pattern.
    """
    if "=" not in text:
        return text
    found = {}
    for word in text.split(","):
        pattern, _, mode = word.rpartition("=")
        if not pattern:
            raise InvalidInputError(
                "Expected --quantize as a mode, or as pattern=mode with commas "
                f"between. Received: {text}."
            )
        found[pattern.strip()] = mode.strip()
    return found
