"""Where the typical inputs of `tfprune convert` come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export.verification.image_folder import ImageFolder
from tfprune.export.verification.pixel_scaling import PixelScaling
from tfprune.export.verification.python_function import PythonFunction
from tfprune.export.verification.tfrecord_file import RAW_PIXELS, TFRecordFile
from tfprune.tools.representative_file import load_inputs

TFRECORD_SUFFIXES = (".tfrecord", ".tfrecords", ".tfrec")


@dataclass(frozen=True)
class TypicalInputs:
    """A file, a folder or a function that gives inputs for a model.

    Attributes:
        place: An `.npz` file, a folder of images, a TFRecord file (by its
            suffix), or `"module:function"`.
        image_scale: What pixels are divided by, or None.
        image_mean: What is subtracted then, one number or one a channel.
        image_std: What the rest is divided by.
        features: Words `"feature"` or `"input=feature"`, for TFRecord files.

    Example:

    ```python
    TypicalInputs("photos", image_scale=255.0).open()
    ```
    """

    place: str
    image_scale: float | None = None
    image_mean: tuple[float, ...] = (0.0,)
    image_std: tuple[float, ...] = (1.0,)
    features: Sequence[str] = ()

    def open(self) -> Any:
        """What `export_tflite` takes as representative data.

        Raises:
            InvalidInputError: When there is nothing of that name, or images
                come without a scale.
        """
        path = Path(self.place)
        if path.is_dir():
            return ImageFolder(path, self.scaling(f"images in '{path}'"))
        if path.suffix in TFRECORD_SUFFIXES:
            scaling = RAW_PIXELS
            if self.image_scale is not None:
                scaling = self.scaling("images")
            return TFRecordFile(path, self.names(), scaling)
        if ":" in self.place and not path.exists():
            return PythonFunction(self.place)
        return load_inputs(path)

    def scaling(self, what: str) -> PixelScaling:
        """How pixels become inputs.

        Raises:
            InvalidInputError: When it was not given: a guess would spoil the
                ranges without a word.
        """
        if self.image_scale is None:
            raise InvalidInputError(
                f"Expected the flag --image_scale for {what}: 255 for a model "
                "on numbers from 0 to 1, 127.5 with --image_mean=1 from -1 to "
                "1, 1 for raw pixels. It was not given."
            )
        return PixelScaling(self.image_scale, self.image_mean, self.image_std)

    def names(self) -> dict[str, str]:
        """The feature of each input that has one of another name.

        Raises:
            InvalidInputError: When a word names no input beside others.
        """
        found = {}
        for word in self.features:
            name, _, feature = word.rpartition("=")
            if not name and len(self.features) > 1:
                raise InvalidInputError(
                    "Expected --feature as input=feature for several inputs. "
                    f"Received: {word}."
                )
            found[name] = feature
        return found
