"""The work of `tfprune compress`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import keras

from tfprune.errors import InvalidInputError
from tfprune.export import MODES
from tfprune.export.conversion.trace import check_backend
from tfprune.export.low_bit.trained_layers import low_bit_layers
from tfprune.models.data import Dataset
from tfprune.tools.classifier import check_classifier, returns_logits
from tfprune.tools.data_source import DataSource
from tfprune.tools.delivery import Delivery
from tfprune.tools.model_source import ModelSource
from tfprune.tools.output_folder import make_output_folder
from tfprune.tools.selection import Selection
from tfprune.tools.status import say
from tfprune.tools.training import Training


@dataclass(frozen=True)
class Compression:
    """Prunes a network to a budget, fine-tunes and deploys it.

    Attributes:
        model: Where the network comes from; a reference network is trained
            first.
        data: Where the data come from.
        selection: Which channels go.
        training: Fine-tuning, and the training of a reference network.
        quantize: Names of the quantization modes to export; None for float32
            and integers, of few bits where the model has them.
        output_dir: Where the files go.
        seed: Chooses initial weights and the order of the samples.
    """

    model: ModelSource
    data: DataSource
    selection: Selection
    training: Training
    quantize: tuple[str, ...] | None
    output_dir: str
    seed: int

    def __post_init__(self) -> None:
        if self.quantize is not None:
            check_modes(self.quantize)
        if not (self.training.epochs or self.model.is_trained):
            raise InvalidInputError(
                "Expected --epochs of at least 1 to train the reference "
                "network. Received: 0."
            )

    def run(self) -> None:
        """Does all of it and prints one table."""
        check_backend()
        keras.utils.set_random_seed(self.seed)
        data = self.data.load()
        before = self.model.make(data)
        # Before anything is trained this finds a budget out of reach, or a
        # name that matches no layer.
        after = self.selection.prune(before)
        check_classifier(before, data)
        folder = make_output_folder(self.output_dir)
        logits = returns_logits(before, data)
        if not self.model.is_trained:
            self.train(before, data, label="Baseline", from_logits=logits)
            after = self.selection.prune(before)
        widths = self.selection.widths(before)
        modes = self.quantize or default_modes(after)
        if self.training.epochs:
            self.train(after, data, label="Fine-tuning", from_logits=logits)
        result = Delivery(
            title=(
                f"'{before.name}' on {data.name}, "
                f"{len(data.x_test)} test samples"
            ),
            before=before,
            after=after,
            adjective="pruned",
            data=data,
            modes=modes,
            folder=folder,
            settings={
                **asdict(self),
                "quantize": modes,
                "kept_widths": widths.as_dict(),
            },
        ).run()
        print(f"{widths}\n\n{result}")
        say(f"The files are in {folder}")

    def train(
        self,
        model: keras.Model,
        data: Dataset,
        *,
        label: str,
        from_logits: bool,
    ) -> None:
        """Trains with Adam, which suits most networks untuned."""
        rate = self.training.cosine(len(data.x_train))
        self.training.fit(
            model,
            keras.optimizers.Adam(rate),
            data,
            label=label,
            from_logits=from_logits,
        )


def check_modes(names: Sequence[str]) -> None:
    """Refuses names of quantization modes that no files can be made of.

    Raises:
        InvalidInputError: When one is unknown, one comes twice, or there is
            none.
    """
    for name in names:
        MODES.get(name)
    if not names or len(set(names)) < len(names):
        raise InvalidInputError(
            "Expected one or several different modes for --quantize. "
            f"Received: {','.join(names) or 'none'}."
        )


def default_modes(model: keras.Model) -> tuple[str, ...]:
    """The quantization modes of a model for which none are asked for.

    Args:
        model: A built model.

    Returns:
        `"float32"`, and `"low_bit"` where weights were trained to few bits,
        else `"int8"`.
    """
    return ("float32", "low_bit" if low_bit_layers(model) else "int8")
