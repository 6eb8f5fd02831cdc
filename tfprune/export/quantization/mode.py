"""What every quantization mode is."""

import abc
from dataclasses import dataclass
from typing import Any, ClassVar

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.verification.tolerance import Tolerance
from tfprune.registry import Registry

MODES: "Registry[QuantizationMode]" = Registry("quantization mode")


@dataclass(frozen=True)
class QuantizationMode(abc.ABC):
    """How the numbers of an exported model are stored and computed.

    A mode sets up TensorFlow's converter and judges what came out. Modes are
    registered by name; to add one, write a frozen dataclass like those beside
    this file and import it in the package.

    Example:

    ```python
    @MODES.register("int16")
    @dataclass(frozen=True)
    class Int16(QuantizationMode): ...

    export_tflite(model, "model.tflite", quantize="int16")
    ```
    """

    name: ClassVar[str]
    needs_data: ClassVar[bool] = False
    takes_integer_types: ClassVar[bool] = False
    tolerance: ClassVar[Tolerance]

    @abc.abstractmethod
    def configure(
        self, converter: Any, tensorflow: Any, *, calibrated: bool
    ) -> None:
        """Sets the options of a converter.

        Args:
            converter: A `tensorflow.lite.TFLiteConverter`.
            tensorflow: The module.
            calibrated: Whether the converter has representative data; without
                it, a mode that needs data finds its ranges in the model's
                fake-quantization operations.
        """

    @abc.abstractmethod
    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Judges the converted model.

        Args:
            model: What the converter made.

        Returns:
            Warnings, one sentence each.

        Raises:
            InvalidInputError: When the model is not what the mode promises.
        """


def find_mode(quantize: str | QuantizationMode | None) -> QuantizationMode:
    """The mode of a name; None stands for float32.

    Raises:
        InvalidInputError: When there is no such mode.
    """
    mode = MODES.get("float32" if quantize is None else quantize)
    if not isinstance(mode, QuantizationMode):
        raise InvalidInputError(
            "Expected `quantize` to be a name or a `QuantizationMode`. "
            f"Received: {mode!r}. The names are: {', '.join(MODES.names())}."
        )
    return mode


def disable_per_channel_dense(converter: Any) -> None:
    """Makes the converter give dense layers one scale a kernel.

    With one scale a channel, runtimes from before 2024 either refuse the file
    or compute garbage without a word.
    """
    # The converter offers no public switch for it.
    name = "_experimental_disable_per_channel_quantization_for_dense_layers"
    setattr(converter, name, True)


def stored_types(model: FlatbufferModel) -> set[str]:
    """Types of the constants of a model."""
    return {tensor.dtype for tensor in model.tensors if tensor.is_constant}
