"""Places that typical inputs are read from."""

import abc
from collections.abc import Sequence
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput


class SampleSource(abc.ABC):
    """A file, a folder or a program that gives inputs for a model.

    Give one to whatever takes representative data: it is read when the inputs
    of the model are known.
    """

    @abc.abstractmethod
    def read(self, inputs: Sequence[ModelInput], *, limit: int) -> Any:
        """Reads inputs.

        Args:
            inputs: The inputs of the model.
            limit: Greatest number of samples that are of use.

        Returns:
            An array, one for each input, or an iterable of samples.

        Raises:
            InvalidInputError: When there are none, or they do not fit.
        """


def image_size(inputs: Sequence[ModelInput], source: str) -> tuple[int, ...]:
    """Height, width and channels of the one input that takes images.

    Args:
        inputs: The inputs of the model.
        source: What to call the images in messages.

    Raises:
        InvalidInputError: When it does not take images.
    """
    shape = inputs[0].shape
    if len(inputs) == 1 and len(shape) == 3 and shape[-1] in (1, 3, 4):
        return tuple(shape)
    shapes = ", ".join(f"'{item.name}' {item.shape}" for item in inputs)
    raise InvalidInputError(
        f"Expected a model with one input (height, width, 1, 3 or 4 channels) "
        f"for the images of {source}. Received: {shapes}. Give arrays instead."
    )
