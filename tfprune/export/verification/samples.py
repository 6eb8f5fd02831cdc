"""Checked inputs of a model: for calibration and for verification."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.verification.sample_array import (
    check_array,
    spread_out,
    to_array,
)
from tfprune.export.verification.sample_source import SampleSource


@dataclass(frozen=True)
class Samples:
    """Inputs of a model, one array for each of its inputs.

    Args:
        arrays: Arrays of shape `(samples, *shape of the input)`, in the order
            of the inputs and of their dtypes.
        origin: Where they come from, for reports.
    """

    arrays: tuple[np.ndarray, ...]
    origin: str

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.arrays[0])

    def batches(self, size: int) -> Iterator[list[np.ndarray]]:
        """Yields the arrays in slices of at most `size` samples."""
        for start in range(0, len(self), size):
            yield [array[start : start + size] for array in self.arrays]

    def at_most(self, limit: int) -> "Samples":
        """At most `limit` samples, taken at even distances."""
        arrays = (spread_out(array, limit) for array in self.arrays)
        return Samples(tuple(arrays), self.origin)


def read_samples(
    data: Any, inputs: Sequence[ModelInput], *, origin: str, limit: int
) -> Samples:
    """Checks data that a user gave for the inputs of a model.

    Args:
        data: An array of shape `(samples, *shape of the input)`; for several
            inputs a tuple or list of such arrays, or a dict by input name; or
            an iterable of samples or of batches (a generator, a
            `tf.data.Dataset`), or a function that returns one; or a
            `SampleSource`.
        inputs: The inputs of the model.
        origin: Name of the argument, for messages.
        limit: Greatest number of samples. Arrays give samples at even
            distances, since data sets are often sorted; iterables give their
            first ones.

    Raises:
        InvalidInputError: When the data do not fit the inputs, are empty, or
            hold NaN or infinite values.

    Example:

    ```python
    read_samples(x_train, inputs, origin="representative_data", limit=500)
    ```
    """
    if isinstance(data, SampleSource):
        data = data.read(inputs, limit=limit)
    if callable(data) and not isinstance(data, Iterable):
        data = data()
    if holds_whole_arrays(data, inputs):
        parts = split_by_input(data, inputs, origin=origin)
        arrays = [spread_out(to_array(x, origin=origin), limit) for x in parts]
    elif isinstance(data, Iterable):
        arrays = stack_samples(data, inputs, origin=origin, limit=limit)
    else:
        raise InvalidInputError(
            f"Expected `{origin}` to be an array, one array for each input, "
            f"or an iterable of samples. Received: {type(data).__name__}."
        )
    checked = tuple(
        check_array(array, wanted, origin=origin)
        for array, wanted in zip(arrays, inputs, strict=True)
    )
    counts = [len(array) for array in checked]
    if len(set(counts)) > 1:
        raise InvalidInputError(
            f"Expected as many samples for every input in `{origin}`. "
            f"Received {counts}. Cut the arrays to one length."
        )
    return Samples(checked, origin)


def holds_whole_arrays(data: Any, inputs: Sequence[ModelInput]) -> bool:
    """Whether data are arrays with all samples, not a sequence of samples."""
    if isinstance(data, list | tuple):
        return len(data) == len(inputs) and all(
            len(getattr(item, "shape", ())) == len(wanted.shape) + 1
            for item, wanted in zip(data, inputs, strict=True)
        )
    return isinstance(data, Mapping) or hasattr(data, "shape")


def split_by_input(
    item: Any, inputs: Sequence[ModelInput], *, origin: str
) -> list[Any]:
    """Parts of an item (the whole data, a batch or a sample), in order.

    Raises:
        InvalidInputError: When the parts are not those of the inputs.
    """
    names = [wanted.name for wanted in inputs]
    if isinstance(item, Mapping):
        if set(item) != set(names):
            raise InvalidInputError(
                f"Expected `{origin}` with the keys {sorted(names)}, the "
                f"inputs of the model. Received {sorted(map(str, item))}."
            )
        return [item[name] for name in names]
    parts = list(item) if holds_parts(item, inputs) else [item]
    if len(parts) != len(inputs):
        raise InvalidInputError(
            f"Expected {len(inputs)} arrays in each item of `{origin}`, for "
            f"the inputs {names}. Received {len(parts)}. Pass inputs only, "
            "without labels, as a tuple or a dict by input name."
        )
    return parts


def holds_parts(item: Any, inputs: Sequence[ModelInput]) -> bool:
    """Whether an item is a sequence of parts, not the numbers themselves."""
    if not isinstance(item, list) or len(inputs) > 1:
        return isinstance(item, list | tuple)
    # `[array]`, as TensorFlow's own representative data sets give it; a list
    # of numbers or of rows is the sample itself.
    rank = len(inputs[0].shape)
    shape = getattr(item[0], "shape", None) if len(item) == 1 else None
    return shape is not None and len(shape) in (rank, rank + 1)


def stack_samples(
    items: Iterable[Any],
    inputs: Sequence[ModelInput],
    *,
    origin: str,
    limit: int,
) -> list[np.ndarray]:
    """Stacks the first samples of an iterable of samples or batches.

    Raises:
        InvalidInputError: When there are none, or one does not fit.
    """
    stacks: list[list[np.ndarray]] = [[] for _ in inputs]
    count = 0
    for item in items:
        parts = split_by_input(item, inputs, origin=origin)
        for stack, part, wanted in zip(stacks, parts, inputs, strict=True):
            array = to_array(part, origin=origin)
            # A lone sample lacks the axis that counts the samples.
            if array.ndim == len(wanted.shape):
                array = array[None]
            stack.append(check_array(array, wanted, origin=origin, first=count))
        count += len(stacks[0][-1])
        if count >= limit:
            break
    if not count:
        raise InvalidInputError(
            f"Expected at least one sample in `{origin}`. Received an empty "
            f"{type(items).__name__}. Pass some typical inputs."
        )
    return [np.concatenate(stack)[:limit] for stack in stacks]


def random_samples(
    inputs: Sequence[ModelInput], *, count: int, seed: int = 0
) -> Samples:
    """Makes inputs that nearly every model accepts.

    Floats are uniform in [0, 1), so that square roots and logarithms stay
    finite; integers are 0 or 1, so that they are valid as token ids.

    Args:
        inputs: The inputs of the model.
        count: Number of samples.
        seed: Seed of the generator.
    """
    generator = np.random.default_rng(seed)

    def draw(wanted: ModelInput) -> np.ndarray:
        values = generator.random((count, *wanted.shape))
        if np.dtype(wanted.dtype).kind != "f":
            values = values.round()
        return values.astype(wanted.dtype)

    return Samples(tuple(draw(wanted) for wanted in inputs), "random inputs")
