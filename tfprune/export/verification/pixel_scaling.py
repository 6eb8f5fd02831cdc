"""From the pixels of an image to what a model expects."""

from dataclasses import dataclass

import numpy as np

from tfprune.errors import InvalidInputError


@dataclass(frozen=True)
class PixelScaling:
    """`(pixel / scale - mean) / std`, with pixels from 0 to 255.

    Args:
        scale: 255 for models on numbers from 0 to 1, 1 for models on raw
            pixels.
        mean: One number, or one for each channel.
        std: As `mean`.

    Raises:
        InvalidInputError: When `scale` or `std` is not above 0.

    Example:

    ```python
    PixelScaling(scale=127.5, mean=(1.0,))      # from -1 to 1
    ```
    """

    scale: float
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if not self.scale > 0 or not all(item > 0 for item in self.std):
            raise InvalidInputError(
                "Expected a scale and standard deviations of pixels above 0. "
                f"Received: {self.scale} and {self.std}."
            )

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        """Scales pixels, shape `(..., channels)`, to float32.

        Raises:
            InvalidInputError: When there are other numbers of channels.
        """
        channels = pixels.shape[-1]
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) not in (1, channels):
                raise InvalidInputError(
                    f"Expected one {name} of the pixels, or one for each of "
                    f"{channels} channels. Received: {len(values)}."
                )
        mean, std = np.array(self.mean), np.array(self.std)
        return ((pixels / self.scale - mean) / std).astype("f4")
