"""What an app developer is told of a model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel

INPUT_KINDS = ("feature", "image")
IMAGE_CHANNELS = (1, 3)


@dataclass(frozen=True)
class ModelFacts:
    """What an app developer is told of a model.

    Args:
        name: Name of the model.
        version: Version of the model.
        labels: Names of the entries of the last axis of the first output.
        mean: What an app subtracts from the first input: one number, or one
            for each channel; empty where it does nothing.
        std: What it divides by afterwards; as many as `mean`.
        input_kind: `"image"`, `"feature"` or None where it is not said.
    """

    name: str
    version: str = "1"
    labels: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    input_kind: str | None = None

    def __post_init__(self) -> None:
        for title, text in (("name", self.name), ("version", self.version)):
            if not text.strip() or "\n" in text:
                raise InvalidInputError(
                    f"Expected a {title} of one line. Received: {text!r}."
                )
        if self.input_kind not in (None, *INPUT_KINDS):
            raise InvalidInputError(
                "Expected the kind of the input to be one of: "
                f"{', '.join(INPUT_KINDS)}. Received: {self.input_kind!r}."
            )
        for label in self.labels:
            if not label.strip() or "\n" in label:
                raise InvalidInputError(
                    "Expected labels of one line each, none of them empty. "
                    f"Received: {label!r}."
                )
        if len(self.mean) != len(self.std):
            raise InvalidInputError(
                "Expected as many means as standard deviations. Received: "
                f"{len(self.mean)} and {len(self.std)}."
            )
        if not all(map(math.isfinite, (*self.mean, *self.std))) or not all(
            number > 0 for number in self.std
        ):
            raise InvalidInputError(
                "Expected finite means, and standard deviations above 0. "
                f"Received: {self.mean} and {self.std}."
            )

    def check_against(self, model: FlatbufferModel) -> None:
        """Refuses facts that a model contradicts.

        Raises:
            InvalidInputError: When it has another number of classes or
                channels, or an input that is no image.
        """
        if self.labels:
            check_labels(self.labels, model)
        shape = model.main.inputs[0].shape if model.main.inputs else ()
        channels = shape[-1] if shape else 1
        if len(self.mean) not in (0, 1, channels):
            raise InvalidInputError(
                f"Expected one mean, or {channels}, one for each channel of "
                f"the input. Received: {len(self.mean)}."
            )
        if self.input_kind == "image" and (
            len(shape) != 4 or channels not in IMAGE_CHANNELS
        ):
            raise InvalidInputError(
                "Expected an input of shape (1, height, width, 1 or 3) for "
                f"an image. Received: {tuple(shape)}. Use the kind 'feature'."
            )


def check_labels(labels: Sequence[str], model: FlatbufferModel) -> None:
    """Refuses labels that do not count the entries of the first output.

    Raises:
        InvalidInputError: When there are more or fewer.
    """
    output = model.main.outputs[0]
    classes = output.shape[-1] if output.shape else 1
    if len(labels) != classes:
        raise InvalidInputError(
            f"Expected {classes} labels, one for each entry of the output "
            f"'{output.name}'. Received: {len(labels)}. Put one label on each "
            "line, in the order of the classes."
        )
