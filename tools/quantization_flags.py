"""The flags that say how the numbers of a file are stored."""

from absl import flags as absl_flags

from tfprune.errors import InvalidInputError
from tfprune.export import QuantizationMode
from tfprune.export.quantization import find_mode
from tfprune.export.targets.target import find_target


def read_mode(flags: absl_flags.FlagValues) -> QuantizationMode | None:
    """The quantization mode that the flags describe; None where none does.

    Args:
        flags: Those of `tfprune convert`.

    Raises:
        InvalidInputError: When there is no such mode, or it has no choice of
            the scales of dense layers where one was made.
    """
    if flags.quantize is None and not flags["per_tensor_dense"].present:
        return None
    words = flags.quantize
    if words is None and flags.target is not None:
        words = find_target(flags.target).quantization
    mode = find_mode(words and names_of(words))
    if not flags["per_tensor_dense"].present:
        return mode
    return mode.with_dense_scales(per_tensor=flags.per_tensor_dense)


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
