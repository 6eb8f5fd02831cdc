"""Running models on random inputs, to see what they compute."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Tensor
from tfprune.export.running.interpreter import custom_operators
from tfprune.export.running.isolated_interpreter import (
    IsolatedInterpreter,
    LostInterpreterError,
)
from tfprune.export.running.runtime import RUNTIMES

# Inputs that each model is run on.
DRAWS = 2


class TrialRuns:
    """Runs models on random inputs, all in one process of their own.

    The process starts with the first model. A model that nobody has run
    before may bring it down: the next one then gets another.

    Example:

    ```python
    with TrialRuns() as trials:
        for outputs in trials.of(path, model):
            print(outputs[0].max())
    ```
    """

    def __init__(self) -> None:
        self._interpreter: IsolatedInterpreter | None = None

    def of(
        self, path: Path, model: FlatbufferModel
    ) -> Iterator[list[np.ndarray]]:
        """Runs a model with the kernels of LiteRT's delegate, and without.

        Args:
            path: A `.tflite` file.
            model: What it holds, or a model of the same inputs and operators.

        Yields:
            What it gives, stored, run by run; the same inputs for both kinds
            of kernels.

        Raises:
            InvalidInputError: When LiteRT cannot load or run it.
        """
        inputs = model.main.inputs
        unknown = {x.dtype for x in inputs} - NUMPY_TYPES.keys()
        if unknown:
            raise InvalidInputError(
                f"LiteRT is given no random values of the type {unknown.pop()}."
            )
        if self._interpreter is None:
            self._interpreter = IsolatedInterpreter(RUNTIMES["litert"])
        interpreter = self._interpreter
        try:
            # Fast kernels and plain ones may round integers differently.
            for plain_kernels in (False, True):
                interpreter.load(
                    path,
                    source="the model",
                    plain_kernels=plain_kernels,
                    custom_operators=custom_operators(model),
                )
                for seed in range(DRAWS):
                    generator = np.random.default_rng(seed)
                    values = [random_values(x, generator) for x in inputs]
                    yield interpreter.run(values)
        except LostInterpreterError:
            self.close()
            raise

    def close(self) -> None:
        """Ends the process."""
        if self._interpreter is not None:
            self._interpreter.close()
            self._interpreter = None

    def __enter__(self) -> "TrialRuns":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def random_values(tensor: Tensor, generator: np.random.Generator) -> np.ndarray:
    """Numbers of the type and shape of an input."""
    dtype = NUMPY_TYPES[tensor.dtype]
    if np.issubdtype(dtype, np.floating):
        return generator.normal(size=tensor.shape).astype(dtype)
    if tensor.scale() is None:
        # They may be positions in a table.
        return generator.integers(0, 2, tensor.shape).astype(dtype)
    ends = np.iinfo(dtype)
    return generator.integers(
        ends.min, ends.max, tensor.shape, endpoint=True, dtype=dtype
    )
