"""Running a `.tflite` file on real numbers."""

from collections.abc import Sequence

import numpy as np

from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.running.interpreter import make_interpreter
from tfprune.export.running.tensor_info import TensorInfo


class TfliteRunner:
    """Runs a model with real numbers in and out, whatever it stores.

    Inputs of an integer model are quantized with the scales of the file, and
    its outputs turned back, so one call serves every quantization mode.

    Args:
        content: Checked bytes of a `.tflite` file.
        source: What to call them in messages.
        num_threads: Threads of the interpreter.

    Raises:
        InvalidInputError: When LiteRT cannot run the model.

    Example:

    ```python
    runner = TfliteRunner(read_content("model.tflite"), source="model.tflite")
    (logits,) = runner.run([images[:1]])
    ```
    """

    def __init__(
        self, content: bytes, *, source: str, num_threads: int = 1
    ) -> None:
        model = parse_tflite(content, source=source)
        self.inputs = tuple(map(TensorInfo.of, model.main.inputs))
        self.outputs = tuple(map(TensorInfo.of, model.main.outputs))
        self._interpreter = make_interpreter(
            model, content, source=source, num_threads=num_threads
        )
        self._input_indices = [
            details["index"]
            for details in self._interpreter.get_input_details()
        ]
        self._output_indices = [
            details["index"]
            for details in self._interpreter.get_output_details()
        ]

    @property
    def batch_size(self) -> int:
        """Samples that one run computes."""
        first = self.inputs[0].shape
        return first[0] if first else 1

    def run(self, values: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Computes the outputs for one batch.

        Args:
            values: Real numbers, one array of the size of each input.

        Returns:
            One array for each output: float32 where the file stores scaled
            integers, else of its own dtype.
        """
        for index, info, value in zip(
            self._input_indices, self.inputs, values, strict=True
        ):
            self._interpreter.set_tensor(index, info.to_stored(value))
        self._interpreter.invoke()
        return [
            info.to_real(self._interpreter.get_tensor(index))
            for index, info in zip(
                self._output_indices, self.outputs, strict=True
            )
        ]

    def invoke(self) -> None:
        """Computes with the inputs that are set; for timing."""
        self._interpreter.invoke()
