"""The front door for SavedModels, of any version of TensorFlow."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.freeze import freeze
from tfprune.export.conversion.graph_nodes import node_of
from tfprune.export.conversion.input_shape import (
    InputShape,
    read_input,
    shapes_by_name,
)
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.conversion.sources.graph_source import GraphSource
from tfprune.export.conversion.trace import TracedModel, trace
from tfprune.export.dependencies import require
from tfprune.export.error_line import error_line
from tfprune.export.quiet import quiet_native_logs
from tfprune.registry import did_you_mean

FILES = ("saved_model.pb", "saved_model.pbtxt")
DEFAULT_SIGNATURE = "serving_default"
TAGS = ("serve",)
# TensorFlow keeps its own steps of loading among the signatures.
INTERNAL = "__saved_model"
ADVICE = (
    "Layers that wrap others for training, as those of TFMOT's clustering do, "
    "must be stripped before the model is saved."
)


@contextlib.contextmanager
def open_saved_model(
    path: Path,
    input_shape: InputShape = None,
    signature: str | None = None,
) -> Iterator[GraphSource]:
    """Opens a signature of a SavedModel.

    It is read as TensorFlow 1 reads it: graph, variables and signatures, and
    none of the Python objects that were saved. Those cannot always be made
    again, such as the optimizer of a Keras 2 model, and add nothing here.

    Args:
        path: The folder.
        input_shape: Shape of one sample, for inputs with open sizes.
        signature: Key of the signature; by default `"serving_default"`, or
            the only one.

    Yields:
        The source.

    Raises:
        InvalidInputError: When the folder holds no whole SavedModel, there is
            no such signature, or it takes or looks up text.
    """
    check_folder(path)
    tensorflow = require("tensorflow")
    title = f"SavedModel '{path}'"
    session = tensorflow.compat.v1.Session(graph=tensorflow.Graph())
    with contextlib.closing(session):
        found = load(session, path)
        key = choose(found, signature, title)
        ends = SavedEnds.of(found[key], input_shape, title)
        frozen = freeze(session, ends.output_tensors, title)

        def run(arrays: list[np.ndarray]) -> list[np.ndarray]:
            feed = {
                name: array if item.batched else array.reshape(item.shape)
                for name, item, array in zip(
                    ends.input_tensors, ends.inputs, arrays, strict=True
                )
            }
            outputs = session.run(list(ends.output_tensors), feed)
            return [np.asarray(output) for output in outputs]

        def rebuild(*tensors: Any) -> list[Any]:
            # An input that no output depends on is no longer in the graph.
            fed = {
                name: tensor
                for name, tensor in zip(
                    ends.input_tensors, tensors, strict=True
                )
                if node_of(name) in frozen.node_names
            }
            return tensorflow.graph_util.import_graph_def(
                frozen.graph_def,
                input_map=fed,
                return_elements=list(ends.output_tensors),
                name="",
            )

        with quiet_native_logs():
            function = trace(rebuild, ends.inputs, title, ADVICE)
        yield GraphSource(
            reference="the SavedModel",
            takes_batches=ends.takes_batches,
            warnings=frozen.warnings,
            traced=TracedModel(
                title=title,
                function=function,
                inputs=ends.inputs,
                output_names=ends.output_names,
                operations=frozen.operations,
                key=key,
                is_frozen=True,
            ),
            run=run,
        )


def check_folder(path: Path) -> None:
    """Refuses a folder that is no SavedModel.

    Raises:
        InvalidInputError: With what a SavedModel has.
    """
    if any((path / name).is_file() for name in FILES):
        return
    held = sorted(
        item.name for item in path.iterdir() if not item.name.startswith(".")
    )
    raise InvalidInputError(
        f"Expected a SavedModel in '{path}': a folder with '{FILES[0]}'. "
        f"Received a folder with {', '.join(held[:4]) or 'nothing'}. Pass the "
        "folder that model.export() or tf.saved_model.save() wrote."
    )


def load(session: Any, path: Path) -> Mapping[str, Any]:
    """Loads graph and variables into a session; returns the signatures.

    Raises:
        InvalidInputError: When the SavedModel is damaged, or uses operations
            that are not installed.
    """
    tensorflow = require("tensorflow")
    try:
        with quiet_native_logs():
            meta = tensorflow.compat.v1.saved_model.load(
                session, TAGS, str(path)
            )
    except (
        AttributeError,
        KeyError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        tensorflow.errors.OpError,
    ) as error:
        raise InvalidInputError(
            f"TensorFlow cannot load the SavedModel '{path}': "
            f"{error_line(error).rstrip('.')}. It is damaged, incomplete or "
            "needs operations that are not installed: export it again."
        ) from error
    return {
        key: value
        for key, value in meta.signature_def.items()
        if not key.startswith(INTERNAL)
    }


def choose(found: Mapping[str, Any], signature: str | None, title: str) -> str:
    """The key of the signature to convert.

    Raises:
        InvalidInputError: When there is no such signature, or several and
            none was asked for.
    """
    usable = sorted(key for key, item in found.items() if item.outputs)
    if not usable:
        raise InvalidInputError(
            f"{title} has no signature that could be converted. Save it with "
            "tf.saved_model.save(module, path, signatures=module.function), "
            "or with model.export(path)."
        )
    if signature is None:
        if DEFAULT_SIGNATURE in usable:
            return DEFAULT_SIGNATURE
        if len(usable) == 1:
            return usable[0]
        raise InvalidInputError(
            f"{title} has no signature '{DEFAULT_SIGNATURE}'. Choose one with "
            f"`signature`: {', '.join(usable)}."
        )
    if signature not in usable:
        raise InvalidInputError(
            f"{title} has no signature '{signature}'."
            f"{did_you_mean(signature, usable)} Its signatures are: "
            f"{', '.join(usable)}."
        )
    return signature


@dataclass(frozen=True)
class SavedEnds:
    """Inputs and outputs of a signature, in the order of their names.

    Args:
        inputs: The inputs.
        input_tensors: Names of their tensors in the graph.
        output_names: Names of the outputs.
        output_tensors: Names of their tensors in the graph.
        takes_batches: Whether every input may hold several samples.
    """

    inputs: tuple[ModelInput, ...]
    input_tensors: tuple[str, ...]
    output_names: tuple[str, ...]
    output_tensors: tuple[str, ...]
    takes_batches: bool

    @classmethod
    def of(
        cls, signature: Any, input_shape: InputShape, title: str
    ) -> "SavedEnds":
        """Reads a signature.

        Raises:
            InvalidInputError: When a size stays open, or an end is no tensor
                of numbers.
        """
        tensorflow = require("tensorflow")
        for name, info in (
            *signature.inputs.items(),
            *signature.outputs.items(),
        ):
            dtype = tensorflow.as_dtype(info.dtype)
            if info.WhichOneof("encoding") != "name" or not (
                dtype.is_floating or dtype.is_integer or dtype.is_bool
            ):
                raise InvalidInputError(
                    f"'{name}' of {title} is a tensor of {dtype.name}. "
                    "Expected plain numbers. Leave the processing of text out "
                    "of the exported signature."
                )
        names = sorted(signature.inputs)
        wanted = shapes_by_name(input_shape, names)
        shapes = {
            name: shape_of(info) for name, info in signature.inputs.items()
        }
        return cls(
            inputs=tuple(
                read_input(
                    name,
                    shapes[name],
                    tensorflow.as_dtype(signature.inputs[name].dtype).name,
                    wanted.get(name),
                    title,
                )
                for name in names
            ),
            input_tensors=tuple(signature.inputs[x].name for x in names),
            output_names=tuple(sorted(signature.outputs)),
            output_tensors=tuple(
                signature.outputs[x].name for x in sorted(signature.outputs)
            ),
            takes_batches=all(
                shape is None or shape[:1] == (None,)
                for shape in shapes.values()
            ),
        )


def shape_of(info: Any) -> tuple[int | None, ...] | None:
    """The shape of a tensor of a signature, with None for open sizes."""
    if info.tensor_shape.unknown_rank:
        return None
    return tuple(
        None if axis.size < 0 else int(axis.size)
        for axis in info.tensor_shape.dim
    )
