"""Where a layer takes a quantizer, and what kind of it fits there."""

from typing import Any

from tfprune import quantizers
from tfprune.errors import InvalidInputError
from tfprune.quantizers.quantizer import Quantizer


def for_inputs(identifier: Any, slot: str, owner: str) -> Quantizer | None:
    """The quantizer of what a layer multiplies its kernel by.

    Args:
        identifier: A name, a config or an object of `tfprune.quantizers`, or
            None.
        slot: Name of the argument, for messages.
        owner: Class of the layer, for messages.

    Raises:
        InvalidInputError: When it is no quantizer, or one of kernels or of
            gradients.
    """
    found = for_numbers(identifier, slot, owner)
    if found is not None and found.statistics != "none":
        raise InvalidInputError(
            f"Expected {slot} of {owner} to quantize each number by itself, as "
            f"Sign and MovingFakeQuant do. Received: {slot}={identifier!r}, "
            "whose result for one example depends on the others of its batch. "
            "Use it for kernels only."
        )
    return found


def for_numbers(identifier: Any, slot: str, owner: str) -> Quantizer | None:
    """The quantizer of a kernel, or of anything but gradients.

    Args:
        identifier: A name, a config or an object of `tfprune.quantizers`, or
            None.
        slot: Name of the argument, for messages.
        owner: Class of the layer, for messages.

    Raises:
        InvalidInputError: When it is no quantizer, or one of gradients.
    """
    found = quantizers.get(identifier)
    if found is not None and found.quantizes != "numbers":
        raise InvalidInputError(
            f"Expected {slot} of {owner} to quantize numbers. Received: "
            f"{slot}={identifier!r}, which quantizes their gradients. Use it "
            "as gradient_quantizer."
        )
    return found


def for_gradients(identifier: Any, slot: str, owner: str) -> Quantizer | None:
    """The quantizer of the gradient that comes back to a layer.

    Args:
        identifier: A name, a config or an object of `tfprune.quantizers`, or
            None.
        slot: Name of the argument, for messages.
        owner: Class of the layer, for messages.

    Raises:
        InvalidInputError: When it is no quantizer, or one of numbers.
    """
    found = quantizers.get(identifier)
    if found is not None and found.quantizes != "gradients":
        raise InvalidInputError(
            f"Expected {slot} of {owner} to leave the outputs as they are, as "
            f"DoReFaGradients does. Received: {slot}={identifier!r}, which "
            "quantizes them."
        )
    return found
