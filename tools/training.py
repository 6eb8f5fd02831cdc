"""Training classifiers, with progress to be seen."""

import math
from dataclasses import dataclass

import keras

from tfprune.errors import InvalidInputError, TfpruneError
from tfprune.models.data import Dataset
from tfprune.tools.status import epoch_progress


class TrainingError(TfpruneError, RuntimeError):
    """A training did not lead anywhere."""


@dataclass(frozen=True)
class Training:
    """How long and how fast a network is trained.

    Attributes:
        epochs: Passes over the train split.
        learning_rate: Learning rate at the start.
        batch_size: Samples in each update.
    """

    epochs: int
    learning_rate: float
    batch_size: int

    def __post_init__(self) -> None:
        if not (self.learning_rate > 0 and math.isfinite(self.learning_rate)):
            raise InvalidInputError(
                "Expected a learning rate that is finite and greater than 0. "
                f"Received: {self.learning_rate}."
            )

    def cosine(self, samples: int) -> keras.optimizers.schedules.CosineDecay:
        """A learning rate that falls to 0 along half a cosine.

        Args:
            samples: Size of the train split.
        """
        steps = self.epochs * math.ceil(samples / self.batch_size)
        return keras.optimizers.schedules.CosineDecay(
            self.learning_rate, max(steps, 1)
        )

    def fit(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        data: Dataset,
        *,
        label: str,
        from_logits: bool = False,
    ) -> None:
        """Trains a classifier in place.

        Args:
            model: One input, one output of a number for each class.
            optimizer: A fresh optimizer.
            data: Whose train split is used.
            label: What is trained, for the progress.
            from_logits: Whether the model returns logits.

        Raises:
            TrainingError: When the loss becomes NaN or infinite.
        """
        model.compile(
            optimizer,
            loss=keras.losses.SparseCategoricalCrossentropy(
                from_logits=from_logits
            ),
            metrics=["accuracy"],
            # On a CPU compiling takes longer than it saves.
            jit_compile=False,
        )
        with epoch_progress(label, self.epochs) as callback:
            model.fit(
                data.x_train,
                data.y_train,
                batch_size=self.batch_size,
                epochs=self.epochs,
                verbose=0,
                callbacks=[StopWhenDiverged(label), callback],
            )


class StopWhenDiverged(keras.callbacks.Callback):
    """Ends a training whose loss is no number any more.

    Args:
        label: What is trained, for the message.
    """

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Looks at the loss of the epoch.

        Raises:
            TrainingError: When it is NaN or infinite.
        """
        loss = (logs or {}).get("loss", 0.0)
        if not math.isfinite(loss):
            raise TrainingError(
                f"{self.label}: the loss is {loss} after epoch {epoch + 1}. "
                "Lower the learning rate."
            )
