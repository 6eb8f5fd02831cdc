"""Labelled data, and how well a model knows the labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.running.runner import TfliteRunner
from tfprune.export.verification.samples import Samples, read_samples


@dataclass(frozen=True)
class LabelledData:
    """Inputs of a classifier, and their classes.

    Args:
        samples: The inputs.
        labels: Classes, int64 array of shape `(samples,)`.
    """

    samples: Samples
    labels: np.ndarray

    @classmethod
    def of(cls, data: Any, inputs: Sequence[ModelInput]) -> "LabelledData":
        """Checks a pair `(x, y)` for the inputs of a model.

        Raises:
            InvalidInputError: When it is no pair, or does not fit.
        """
        if not isinstance(data, tuple | list) or len(data) != 2:
            raise InvalidInputError(
                "Expected `labelled_data` as a pair (x, y): inputs and their "
                f"classes. Received: {type(data).__name__}."
            )
        samples = read_samples(
            data[0], inputs, origin="labelled_data", limit=np.iinfo("i8").max
        )
        labels = np.asarray(data[1])
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        if labels.shape != (len(samples),) or labels.dtype.kind not in "iu":
            raise InvalidInputError(
                f"Expected the classes of `labelled_data` as {len(samples)} "
                f"integers. Received shape {labels.shape}, {labels.dtype}. "
                "Use argmax on one-hot labels."
            )
        return cls(samples, labels.astype("i8"))

    def accuracy(self, model: FlatbufferModel) -> float:
        """Share of samples whose class the first output gives.

        Raises:
            InvalidInputError: When it is no row of scores.
        """
        runner = TfliteRunner(serialize(model), source="quantized model")
        right = 0
        for arrays, label in zip(
            self.samples.batches(1), self.labels, strict=True
        ):
            scores = runner.run(arrays)[0].ravel()
            if scores.size < 2:
                raise InvalidInputError(
                    "Expected a model whose first output has a score for each "
                    f"class, to measure accuracy. Received {scores.size}."
                )
            right += int(scores.argmax() == label)
        return right / len(self.labels)
