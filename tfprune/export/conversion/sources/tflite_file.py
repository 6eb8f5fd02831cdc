"""The front door for `.tflite` files, of any converter."""

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.convert import quantized
from tfprune.export.conversion.end_names import unique
from tfprune.export.conversion.input_shape import (
    InputShape,
    read_input,
    shapes_by_name,
)
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.conversion.request import Conversion
from tfprune.export.conversion.source import Source
from tfprune.export.flatbuffer.content import read_content
from tfprune.export.flatbuffer.model import FlatbufferModel, Signature
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Tensor
from tfprune.export.quantization import QuantizationMode
from tfprune.export.quantization.ends import set_end_types
from tfprune.export.running.isolated_runner import IsolatedRunner
from tfprune.export.running.tensor_info import TensorInfo
from tfprune.export.verification.tolerance import ONE_STEP, Tolerance
from tfprune.registry import did_you_mean

INTEGER_ENDS = ("float32", "int8", "uint8", "int16")


# The shapes of their results depend on the values that they are given.
DATA_DEPENDENT = frozenset(
    {
        "CALL",
        "FILL",
        "IF",
        "NON_MAX_SUPPRESSION_V4",
        "NON_MAX_SUPPRESSION_V5",
        "RANGE",
        "STABLEHLO_COMPOSITE",
        "UNIQUE",
        "WHERE",
        "WHILE",
    }
)


@dataclass(frozen=True, kw_only=True)
class TfliteSource(Source):
    """A `.tflite` file, compared with itself as it was.

    Args:
        path: The file.
        content: Its bytes.
        model: What they hold; it is read, never changed.
        ends: Its inputs.
        resources: Ends what was started to run the file.
    """

    path: Path
    content: bytes
    model: FlatbufferModel
    ends: tuple[ModelInput, ...]
    resources: contextlib.ExitStack

    @property
    def title(self) -> str:
        """What to call the file in messages."""
        return f"file '{self.path}'"

    @property
    def inputs(self) -> tuple[ModelInput, ...]:
        """The inputs, in order."""
        return self.ends

    @property
    def is_quantized(self) -> bool:
        """Whether some numbers of the file are scaled integers."""
        return any(
            tensor.quantization is not None
            and tensor.quantization.scales.size > 0
            for tensor in self.model.tensors
        )

    def end_types(self, mode: QuantizationMode) -> tuple[str, ...]:
        """A file of integers may take and give them."""
        if keeps(mode) and self.is_quantized:
            return INTEGER_ENDS
        return mode.end_types

    def quantizes_floats(self, conversion: Conversion) -> bool:
        """Whether the file is one of floats that shall be quantized."""
        return not (keeps(conversion.mode) or self.is_quantized)

    def convert(self, conversion: Conversion) -> FlatbufferModel:
        """Reads the file once more, and quantizes it if that is asked for."""
        # Passes change the model.
        model = parse_tflite(self.content, source=str(self.path))
        fix_batch(model)
        if not model.signatures:
            model.signatures = [signature_of(model)]
        if keeps(conversion.mode):
            set_end_types(model, conversion.input_type, conversion.output_type)
            return model
        return quantized(model, conversion)

    def compute(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Runs the file as it was."""
        return self.runner.run(arrays)

    @functools.cached_property
    def runner(self) -> IsolatedRunner:
        """A process that runs the file as it was; it may crash there."""
        return self.resources.enter_context(
            IsolatedRunner(self.content, source=str(self.path))
        )

    def tolerance(self, mode: QuantizationMode) -> Tolerance:
        """How far the result may stray from the file as it was."""
        if keeps(mode) and self.is_quantized:
            # Passes may round integers inside the model otherwise.
            return ONE_STEP
        return mode.tolerance

    def storage(self, mode: QuantizationMode) -> str:
        """What to call the way in which the result stores numbers."""
        return "numbers as they were" if keeps(mode) else mode.name


def fix_batch(model: FlatbufferModel) -> None:
    """Closes the open batch axis of all tensors.

    Where operators return as many rows as they find, open sizes are not all
    those of the batch, and stay.
    """
    for tensor in model.main.inputs:
        tensor.shape_signature = None
    if DATA_DEPENDENT.isdisjoint(x.name for x in model.operators):
        for tensor in model.tensors:
            tensor.shape_signature = None


@contextlib.contextmanager
def open_tflite(
    path: Path, input_shape: InputShape = None, signature: str | None = None
) -> Iterator[TfliteSource]:
    """Opens a `.tflite` file.

    Args:
        path: The file.
        input_shape: Shape of one sample; it must be the one that the file
            has.
        signature: Key of the signature; it must be that of the main graph.

    Yields:
        The source.

    Raises:
        InvalidInputError: When the file is damaged, leaves a size open, or
            has no such signature.
    """
    content = read_content(path)
    model = parse_tflite(content, source=str(path))
    title = f"file '{path}'"
    keys = [x.key for x in model.signatures if x.subgraph is model.main]
    if signature is not None and signature not in keys:
        raise InvalidInputError(
            f"The main graph of {title} has no signature '{signature}'."
            f"{did_you_mean(signature, keys)} Its signatures are: "
            f"{', '.join(keys) or 'none'}."
        )
    names = names_of(model, model.main.inputs, "inputs")
    wanted = shapes_by_name(input_shape, names)
    ends = tuple(
        input_of(tensor, name, wanted.get(name), title)
        for tensor, name in zip(model.main.inputs, names, strict=True)
    )
    with contextlib.ExitStack() as resources:
        yield TfliteSource(
            reference="the file as it was",
            path=path,
            content=content,
            model=model,
            ends=ends,
            resources=resources,
        )


def keeps(mode: QuantizationMode) -> bool:
    """Whether a mode leaves the numbers of a file as they are."""
    return mode.keeps_numbers


def input_of(
    tensor: Tensor, name: str, wanted: tuple[int, ...] | None, title: str
) -> ModelInput:
    """Name, shape and dtype of an input; scaled integers count as floats.

    Raises:
        InvalidInputError: When its shape is not static, batch apart.
    """
    if -1 in (tensor.shape_signature or ())[1:]:
        raise InvalidInputError(
            f"Input '{name}' of {title} has the shape "
            f"{tensor.shape_signature}, with open sizes. Expected a file of "
            "static shape, batch apart: convert the model from which it was "
            "made, and pass `input_shape`."
        )
    info = TensorInfo.of(tensor)
    if tensor.dtype not in NUMPY_TYPES:
        raise InvalidInputError(
            f"Input '{name}' of {title} takes {info.dtype}. Expected numbers."
        )
    return read_input(
        name,
        tensor.shape,
        info.dtype if info.scale is None else "float32",
        wanted,
        title,
    )


def names_of(
    model: FlatbufferModel, tensors: list[Tensor], kind: str
) -> tuple[str, ...]:
    """Names of inputs or outputs: those of the signature, if there is one."""
    known: dict[Tensor, str] = {}
    for signature in model.signatures:
        if signature.subgraph is model.main:
            named = getattr(signature, kind)
            known.update((tensor, name) for name, tensor in named.items())
    return unique(known.get(tensor, tensor.name) for tensor in tensors)


def signature_of(model: FlatbufferModel) -> Signature:
    """A signature for a file that has none, with the names of its tensors."""
    inputs = names_of(model, model.main.inputs, "inputs")
    outputs = names_of(model, model.main.outputs, "outputs")
    return Signature(
        inputs=dict(zip(inputs, model.main.inputs, strict=True)),
        outputs=dict(zip(outputs, model.main.outputs, strict=True)),
        subgraph=model.main,
    )
