"""Running a `.tflite` file in a process of its own."""

from collections.abc import Sequence
from types import TracebackType

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES
from tfprune.export.running.interpreter import custom_operators
from tfprune.export.running.isolated_interpreter import (
    DEFAULT_SECONDS,
    IsolatedInterpreter,
    temporary_file,
)
from tfprune.export.running.runtime import runtime_for
from tfprune.export.running.tensor_info import TensorInfo


class IsolatedRunner:
    """Runs a model as `TfliteRunner` does, in a process of its own.

    Native code that meets a file which nobody has run before may crash, hang
    or abort. Here that is one clear error, and the program goes on.

    Args:
        content: Bytes of a `.tflite` file.
        source: What to call them in messages.
        num_threads: Threads of the interpreter.
        runtime: Name of the runtime: `"litert"` or `"tflite_runtime"`.
        seconds: How long one request may take.

    Raises:
        UnknownOperatorError: When the file holds an operator that the
            runtime does not have.
        InvalidInputError: When the runtime cannot load the model, crashes on
            it, or takes longer than `seconds`.
        MissingDependencyError: When the runtime is not installed.

    Example:

    ```python
    content = Path("model.tflite").read_bytes()
    with IsolatedRunner(content, source="model.tflite") as runner:
        (logits,) = runner.run([images[:1]])
    ```
    """

    def __init__(
        self,
        content: bytes,
        *,
        source: str,
        num_threads: int = 1,
        runtime: str = "litert",
        seconds: float = DEFAULT_SECONDS,
    ) -> None:
        model = parse_tflite(content, source=source)
        self.inputs = tuple(map(TensorInfo.of, model.main.inputs))
        self.outputs = tuple(map(TensorInfo.of, model.main.outputs))
        check_numbers(self.inputs, source)
        self.source = source
        self.interpreter = IsolatedInterpreter(
            runtime_for(model, runtime), seconds=seconds
        )
        try:
            with temporary_file(content) as path:
                self.interpreter.load(
                    path,
                    source=source,
                    num_threads=num_threads,
                    custom_operators=custom_operators(model),
                )
        except InvalidInputError:
            self.close()
            raise

    @property
    def batch_size(self) -> int:
        """Samples that one run computes."""
        first = self.inputs[0].shape if self.inputs else ()
        return max(first[0], 1) if first else 1

    def run(self, values: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Computes the outputs for one batch.

        Args:
            values: Real numbers, one array of the shape of each input.

        Returns:
            One array for each output: float32 where the file stores scaled
            integers, else of its own dtype.
        """
        stored = [
            info.to_stored(value)
            for info, value in zip(self.inputs, values, strict=True)
        ]
        outputs = self.interpreter.run(stored)
        return [
            info.to_real(output)
            for info, output in zip(self.outputs, outputs, strict=True)
        ]

    def time(self, runs: int = 1) -> list[float]:
        """Milliseconds of runs with the inputs of the last `run`."""
        return self.interpreter.time(runs)

    def close(self) -> None:
        """Ends the process."""
        self.interpreter.close()

    def __enter__(self) -> "IsolatedRunner":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def check_numbers(inputs: Sequence[TensorInfo], source: str) -> None:
    """Refuses a model that takes texts, handles or packed integers.

    Raises:
        InvalidInputError: When there is such an input.
    """
    known = {dtype.name for dtype in NUMPY_TYPES.values()}
    for info in inputs:
        if info.dtype not in known:
            raise InvalidInputError(
                f"Input '{info.name}' of '{source}' takes values of the type "
                f"{info.dtype}, which tfprune cannot make. Expected numbers: "
                f"{', '.join(sorted(known))}."
            )
