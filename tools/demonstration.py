"""The work of `tfprune demo`."""

from dataclasses import asdict, dataclass, replace

import keras

import tfprune
from tfprune import models
from tfprune.export.conversion.trace import check_backend
from tfprune.models.data import Dataset
from tfprune.optimizers import Proximal
from tfprune.regularizers import L1
from tfprune.tools.delivery import Delivery, widths
from tfprune.tools.output_folder import make_output_folder
from tfprune.tools.status import say
from tfprune.tools.training import Training

MOMENTUM = 0.9
# Fine-tuning starts where the penalized training has already settled.
FINE_TUNING_SHARE = 0.5
COMPARED_SAMPLES = 256


@dataclass(frozen=True)
class Demonstration:
    """Trains a network sparse, strips, fine-tunes and deploys it.

    The network it is compared with is trained from the same weights for as
    many epochs, without a penalty.

    Attributes:
        output_dir: Where the files go.
        training: The penalized training.
        fine_tuning_epochs: Epochs after stripping.
        strength: Weight of the penalty on the scales.
        seed: Chooses initial weights and the order of the samples.
    """

    output_dir: str
    training: Training
    fine_tuning_epochs: int
    strength: float
    seed: int

    def __post_init__(self) -> None:
        L1(self.strength)

    def run(self) -> None:
        """Does all of it and prints one table."""
        check_backend()
        data = models.data.load("digits")
        folder = make_output_folder(self.output_dir)
        keras.utils.set_random_seed(self.seed)
        before = models.get("residual_cnn")(
            input_shape=data.input_shape, num_classes=data.num_classes
        )
        sparse = tfprune.penalize_scales(before, strength=self.strength)
        self.train(
            before,
            data,
            label="Baseline",
            epochs=self.training.epochs + self.fine_tuning_epochs,
        )
        after = self.stripped(sparse, data)
        result = Delivery(
            title=(
                f"'{before.name}' on {data.name}, "
                f"{len(data.x_test)} test samples"
            ),
            before=before,
            after=after,
            adjective="stripped",
            data=data,
            modes=("float32", "int8"),
            folder=folder,
            settings=asdict(self),
        ).run()
        print(result)
        say(f"The files are in {folder}")

    def stripped(self, model: keras.Model, data: Dataset) -> keras.Model:
        """Trains a penalized network sparse, strips and fine-tunes it."""
        self.training.fit(
            model,
            Proximal(sgd(self.training.learning_rate)),
            data,
            label="With a penalty on scales",
        )
        small = tfprune.strip(model)
        change = tfprune.compare(
            model, small, data.x_train[:COMPARED_SAMPLES]
        ).difference
        removed = sum(widths(model).values()) - sum(widths(small).values())
        say(
            f"Stripped {removed} dead channels; largest change of an output "
            f"on {change.examples} samples: {change.absolute:.1g}"
        )
        self.train(
            small,
            data,
            label="Fine-tuning",
            epochs=self.fine_tuning_epochs,
            share=FINE_TUNING_SHARE,
        )
        return small

    def train(
        self,
        model: keras.Model,
        data: Dataset,
        *,
        label: str,
        epochs: int,
        share: float = 1.0,
    ) -> None:
        """Trains without a penalty.

        Args:
            model: The network.
            data: Whose train split is used.
            label: What is trained, for the progress.
            epochs: Passes over the train split.
            share: Fraction of the learning rate to start with.
        """
        training = replace(
            self.training,
            epochs=epochs,
            learning_rate=share * self.training.learning_rate,
        )
        rate = training.cosine(len(data.x_train))
        training.fit(model, sgd(rate), data, label=label)


def sgd(
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
) -> keras.optimizers.SGD:
    """The optimizer of all trainings."""
    return keras.optimizers.SGD(learning_rate, momentum=MOMENTUM)
