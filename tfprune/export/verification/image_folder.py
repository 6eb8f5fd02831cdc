"""Typical inputs from a folder of images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.verification.pixel_scaling import PixelScaling
from tfprune.export.verification.sample_source import SampleSource, image_size

SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png"})
COLOR_MODES = {1: "grayscale", 3: "rgb", 4: "rgba"}


@dataclass(frozen=True)
class ImageFolder(SampleSource):
    """The images in a folder and in those below it, resized to the input.

    Args:
        folder: The folder of `.png`, `.jpg`, `.jpeg` or `.bmp` files.
        scaling: What the model was trained on.

    Example:

    ```python
    export_tflite(
        model,
        "model.tflite",
        quantize="int8",
        representative_data=ImageFolder("photos", PixelScaling(scale=255)),
    )
    ```
    """

    folder: str | Path
    scaling: PixelScaling

    def read(
        self, inputs: Sequence[ModelInput], *, limit: int
    ) -> Iterator[np.ndarray]:
        """Reads images at even distances of the sorted list of files."""
        folder = Path(self.folder)
        size = image_size(inputs, f"'{folder}'")
        if not folder.is_dir():
            raise InvalidInputError(
                f"Expected a folder of images. Received: '{folder}', which is "
                "no folder. Check the path."
            )
        files = sorted(
            path
            for path in folder.rglob("*")
            if path.suffix.lower() in SUFFIXES and path.is_file()
        )
        if not files:
            raise InvalidInputError(
                f"Expected .png, .jpg or .bmp files in '{folder}'. Received "
                "none. Check the path."
            )
        count = min(limit, len(files))
        chosen = np.linspace(0, len(files) - 1, count).round().astype(int)
        return (self.load(files[index], size) for index in chosen)

    def load(self, path: Path, size: tuple[int, ...]) -> np.ndarray:
        """Reads one image.

        Raises:
            InvalidInputError: When it is damaged.
        """
        height, width, channels = size
        try:
            image = keras.utils.load_img(
                path,
                color_mode=COLOR_MODES[channels],
                target_size=(height, width),
                interpolation="bilinear",
            )
            # The file is only read when its pixels are asked for.
            pixels = keras.utils.img_to_array(image)
        except (OSError, SyntaxError, ValueError) as error:
            raise InvalidInputError(
                f"'{path}' is damaged or no image. Remove or replace it."
            ) from error
        return self.scaling.apply(pixels)
