"""What every quantization mode is."""

import abc
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quantization.rule import OperatorRule
from tfprune.export.verification.tolerance import Tolerance
from tfprune.registry import Registry

MODES: "Registry[QuantizationMode]" = Registry("quantization mode")
DENSE_SCALES = "per_tensor_dense"


@dataclass(frozen=True)
class QuantizationMode(abc.ABC):
    """How the numbers of an exported model are stored and computed.

    A mode says it in two languages, and judges what came out: as options of
    TensorFlow's converter for a Keras model, and as rules of litert-quantizer
    for a float `.tflite` file. Modes are registered by name; to add one, write
    a frozen dataclass like those beside this file and import it in the
    package.

    Example:

    ```python
    @MODES.register("int16")
    @dataclass(frozen=True)
    class Int16(QuantizationMode): ...

    export_tflite(model, "model.tflite", quantize="int16")
    ```
    """

    name: ClassVar[str]
    end_types: ClassVar[tuple[str, ...]] = ("float32",)
    tolerance: ClassVar[Tolerance]
    # Whether weights on a grid become exact integers.
    packs_low_bits: ClassVar[bool] = False
    # Whether it computes ranges that were trained by operators of floats.
    computes_ranges: ClassVar[bool] = False

    @property
    def needs_data(self) -> bool:
        """Whether it finds ranges of activations on representative data."""
        return any(rule.activation_bits for rule in self.rules())

    @property
    def has_dense_scales(self) -> bool:
        """Whether dense layers may have one scale, or one for each output."""
        return DENSE_SCALES in {field.name for field in fields(self)}

    def with_dense_scales(self, *, per_tensor: bool) -> "QuantizationMode":
        """The same mode with other scales of dense layers.

        Args:
            per_tensor: Whether a kernel has one scale, or one for each output.

        Raises:
            InvalidInputError: When the mode leaves no choice.

        Example:

        ```python
        MODES.get("int8").with_dense_scales(per_tensor=False)
        ```
        """
        if not self.has_dense_scales:
            names = [x for x in MODES.names() if MODES.get(x).has_dense_scales]
            raise InvalidInputError(
                f"Quantization mode '{self.name}' has no `{DENSE_SCALES}`. "
                f"Expected one of: {', '.join(names)}. Leave the setting out."
            )
        return replace(self, **{DENSE_SCALES: per_tensor})

    def with_float_layers(self) -> "QuantizationMode":
        """The same mode for a model that has float layers on purpose."""
        return self

    @abc.abstractmethod
    def rules(self) -> tuple[OperatorRule, ...]:
        """What litert-quantizer does, later rules before earlier ones."""

    def assign(self, model: FlatbufferModel) -> Sequence["QuantizationMode"]:
        """The mode of each operator of the main subgraph of a float model."""
        return [self] * len(model.main.operators)

    def uses_converter(self, *, calibrated: bool) -> bool:
        """Whether TensorFlow's converter quantizes Keras models right.

        Else they are converted to float, and then quantized by the rules.

        Args:
            calibrated: Whether there is representative data.
        """
        return True

    def takes_ranges(self, bits: frozenset[int]) -> bool:
        """Whether it stores a model by the ranges that were trained with it.

        Args:
            bits: Bits of the fake quantization of the model.
        """
        return False

    @property
    def keeps_numbers(self) -> bool:
        """Whether a `.tflite` file keeps its numbers as they are."""
        return not self.rules() and not self.packs_low_bits

    def arrange(  # noqa: B027 - most modes take models as they are.
        self, model: FlatbufferModel
    ) -> None:
        """Prepares a float model for the rules; by default not at all.

        Args:
            model: The model; it is changed, but not what it computes.
        """

    def rewrite(  # noqa: B027 - most modes leave it to the rules.
        self, model: FlatbufferModel
    ) -> None:
        """Changes what the rules have left float; by default nothing.

        Args:
            model: The model; it is changed.
        """

    def configure(  # noqa: B027 - most modes have nothing to set.
        self, converter: Any, tensorflow: Any, *, calibrated: bool
    ) -> None:
        """Sets the options of a converter; by default none.

        Args:
            converter: A `tensorflow.lite.TFLiteConverter`.
            tensorflow: The module.
            calibrated: Whether the converter has representative data; without
                it, a mode that needs data finds its ranges in the model's
                fake-quantization operations.
        """

    @abc.abstractmethod
    def check(self, model: FlatbufferModel) -> tuple[str, ...]:
        """Judges the quantized model.

        Args:
            model: What came out.

        Returns:
            Warnings, one sentence each.

        Raises:
            InvalidInputError: When the model is not what the mode promises.
        """


def disable_per_channel_dense(converter: Any) -> None:
    """Makes the converter give dense layers one scale a kernel.

    With one scale a channel, TensorFlow Lite before 2.10 computes garbage
    without a word; float inputs are refused before 2.17.
    """
    # The converter offers no public switch for it.
    name = "_experimental_disable_per_channel_quantization_for_dense_layers"
    setattr(converter, name, True)


def stored_types(model: FlatbufferModel) -> set[str]:
    """Types of the constants of a model."""
    return {tensor.dtype for tensor in model.tensors if tensor.is_constant}
