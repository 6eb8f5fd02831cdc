"""Where the network to compress comes from."""

from dataclasses import dataclass

import keras

from tfprune import models
from tfprune.errors import InvalidInputError
from tfprune.models.data import Dataset
from tfprune.saving.keras_file import load_keras_model


@dataclass(frozen=True)
class ModelSource:
    """The user's trained model, or a reference network to be trained.

    Attributes:
        keras_model: A `.keras` file, or None.
        model: Name of a reference network in its place, or None.
    """

    keras_model: str | None
    model: str | None

    def __post_init__(self) -> None:
        if bool(self.keras_model) == bool(self.model):
            raise InvalidInputError(
                "Expected one of --keras_model and --model. Received "
                f"{'both' if self.model else 'none'}."
            )
        if self.model:
            models.get(self.model)

    @property
    def is_trained(self) -> bool:
        """Whether the model brings its weights along."""
        return self.keras_model is not None

    def make(self, data: Dataset) -> keras.Model:
        """Loads or builds the network.

        Args:
            data: What a reference network is built for.

        Raises:
            InvalidInputError: When the file holds no model, or the reference
                network does not take such samples.
        """
        if self.keras_model:
            return load_keras_model(self.keras_model)
        build = models.get(str(self.model))
        try:
            return build(
                input_shape=data.input_shape, num_classes=data.num_classes
            )
        except (TypeError, ValueError) as error:
            raise InvalidInputError(
                f"Model '{self.model}' cannot take samples of the shape "
                f"{data.input_shape} (data set '{data.name}'). Choose another "
                "--model or other data."
            ) from error
