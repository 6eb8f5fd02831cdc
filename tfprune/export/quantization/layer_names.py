"""Layers of a flatbuffer, by the names that its tensors carry."""

import fnmatch
import re
from collections.abc import Iterable, Sequence
from typing import NoReturn

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.registry import did_you_mean

# TensorFlow makes the names of repeated scopes differ by it.
REPEAT = re.compile(r"_\d+$")
SHOWN = 12


def layer_paths(operator: Operator) -> tuple[str, ...]:
    """Paths of the layers that an operator computes.

    The converter names a tensor by the steps it stands for, with semicolons
    between, such as `"net/conv_1/Conv2D;net/bn_1/add"`.

    Args:
        operator: The operator.
    """
    return tuple(
        part
        for tensor in operator.outputs
        for part in tensor.name.split(";")
        if part
    )


def distinct_names(model: FlatbufferModel) -> dict[Tensor, str]:
    """Names of the tensors of the main subgraph, made to differ.

    Args:
        model: The model.

    Returns:
        The names in the file, but for tensors whose name is taken.
    """
    names: dict[Tensor, str] = {}
    taken: set[str] = set()
    for tensor in [*model.main.outputs, *model.main.tensors]:
        if tensor in names:
            continue
        name = tensor.name
        if name in taken:
            name = f"{name}#{len(taken)}"
        taken.add(name)
        names[tensor] = name
    return names


def matches(pattern: str, operators: Sequence[Iterable[str]]) -> list[bool]:
    """Which operators a pattern selects.

    Names are compared as they are; if nothing fits, without the numbers that
    TensorFlow puts behind repeated names.

    Args:
        pattern: A name or a part of a path, with `*`, `?` or `[...]`.
        operators: The paths of each operator.
    """
    wanted = re.compile(fnmatch.translate(f"*/{pattern.strip('/')}/*"))
    found = [
        any(wanted.match(f"/{path}/") for path in paths) for paths in operators
    ]
    if any(found):
        return found
    return [
        any(wanted.match(f"/{without_repeats(path)}/") for path in paths)
        for paths in operators
    ]


def without_repeats(path: str) -> str:
    """A path without the numbers that make repeated names differ."""
    return "/".join(REPEAT.sub("", name) for name in path.split("/"))


def refuse_unknown(
    pattern: str, operators: Sequence[Iterable[str]]
) -> NoReturn:
    """Tells that a pattern selects nothing, and what there is.

    Raises:
        InvalidInputError: Always.
    """
    scopes = {
        without_repeats(name)
        for paths in operators
        for path in paths
        for name in path.split("/")[:-1] or [path]
    }
    # Plain names of operations are no layers.
    known = sorted(scopes)
    more = ", ..." if len(known) > SHOWN else ""
    raise InvalidInputError(
        f"The pattern '{pattern}' of the quantization recipe matches no layer."
        f"{did_you_mean(pattern, known)} There are: "
        f"{', '.join(known[:SHOWN])}{more}."
    )
