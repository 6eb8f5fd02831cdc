"""Typical inputs from a TFRecord file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.dependencies import require
from tfprune.export.error_line import error_line
from tfprune.export.quiet import quiet_native_logs
from tfprune.export.verification.pixel_scaling import PixelScaling
from tfprune.export.verification.sample_source import SampleSource, image_size
from tfprune.registry import did_you_mean

IMAGE_MARKS = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8")
RAW_PIXELS = PixelScaling(scale=1.0)


@dataclass(frozen=True)
class TFRecordFile(SampleSource):
    """Examples (`tf.train.Example`) of a TFRecord file.

    A feature holds the numbers of a sample, its raw bytes in the dtype of the
    input, or an encoded image, which is resized and scaled.

    Args:
        path: The file.
        features: Name of the feature for each input, by the name of the
            input, or by an empty name for a model with one; inputs that are
            left out have a feature of their own name.
        scaling: For images: what the model was trained on.

    Example:

    ```python
    features = {"image": "image/encoded"}
    TFRecordFile("train.tfrecord", features, PixelScaling(scale=255))
    ```
    """

    path: str | Path
    features: Mapping[str, str] = field(default_factory=dict)
    scaling: PixelScaling = RAW_PIXELS

    def read(
        self, inputs: Sequence[ModelInput], *, limit: int
    ) -> Iterator[list[np.ndarray]]:
        """Reads the first examples."""
        names = [item.name for item in inputs]
        for name in self.features:
            if name not in names and (name or len(names) > 1):
                raise InvalidInputError(
                    f"There is no input '{name}' to read a feature for."
                    f"{did_you_mean(name, names)} The inputs are: "
                    f"{', '.join(names)}."
                )
        if not Path(self.path).is_file():
            raise InvalidInputError(
                f"Expected a TFRecord file. Received: '{self.path}', which is "
                "no file. Check the path."
            )
        return self.samples(inputs, limit)

    def samples(
        self, inputs: Sequence[ModelInput], limit: int
    ) -> Iterator[list[np.ndarray]]:
        """Yields one array for each input."""
        tensorflow = require("tensorflow")
        foreign = require("google.protobuf.message").DecodeError
        records = iter(tensorflow.data.TFRecordDataset(str(self.path)))
        for number in range(limit):
            try:
                with quiet_native_logs():
                    record = next(records, None)
                if record is None:
                    return
                example = tensorflow.train.Example.FromString(record.numpy())
            except (foreign, tensorflow.errors.OpError) as error:
                raise InvalidInputError(
                    f"'{self.path}' holds no whole TFRecord of examples at "
                    f"position {number}: {error_line(error)}"
                ) from error
            yield [
                self.array(example.features.feature, wanted, inputs)
                for wanted in inputs
            ]

    def array(
        self,
        features: Mapping[str, Any],
        wanted: ModelInput,
        inputs: Sequence[ModelInput],
    ) -> np.ndarray:
        """The numbers of one feature, in the shape of its input.

        Raises:
            InvalidInputError: When it is missing, or its numbers do not fit.
        """
        known = self.features
        name = known.get(wanted.name, known.get("", wanted.name))
        if name not in features:
            raise InvalidInputError(
                f"The examples of '{self.path}' have no feature '{name}' for "
                f"input '{wanted.name}'.{did_you_mean(name, features)} There "
                f"are: {', '.join(sorted(features))}."
            )
        kind = features[name].WhichOneof("kind")
        values = getattr(features[name], kind).value if kind else ()
        if kind == "bytes_list":
            content = b"".join(values)
            if content.startswith(IMAGE_MARKS):
                return self.image(content, inputs)
            found = as_numbers(content, wanted)
        else:
            found = np.array(values)
        if found.size != int(np.prod(wanted.shape, dtype="i8")):
            raise InvalidInputError(
                f"Expected {wanted.shape} numbers in feature '{name}' of "
                f"'{self.path}', for input '{wanted.name}'. Received "
                f"{found.size}."
            )
        return found.reshape(wanted.shape)

    def image(self, content: bytes, inputs: Sequence[ModelInput]) -> np.ndarray:
        """An encoded image, resized and scaled.

        Raises:
            InvalidInputError: When it is damaged, or the model takes none.
        """
        height, width, channels = image_size(inputs, f"'{self.path}'")
        tensorflow = require("tensorflow")
        try:
            with quiet_native_logs():
                pixels = tensorflow.io.decode_image(
                    content, channels=channels, expand_animations=False
                )
        except tensorflow.errors.InvalidArgumentError as error:
            raise InvalidInputError(
                f"'{self.path}' holds a damaged image: {error_line(error)}"
            ) from error
        resized = tensorflow.image.resize(pixels, (height, width))
        return self.scaling.apply(resized.numpy())


def as_numbers(content: bytes, wanted: ModelInput) -> np.ndarray:
    """Raw bytes as numbers of the dtype of an input, or as many pixels."""
    count = int(np.prod(wanted.shape, dtype="i8"))
    if len(content) == count * np.dtype(wanted.dtype).itemsize:
        return np.frombuffer(content, wanted.dtype)
    return np.frombuffer(content, np.uint8)
