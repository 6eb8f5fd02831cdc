"""Metadata, a card and a checksum for a `.tflite` file."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from tfprune.atomic_file import atomic_path
from tfprune.errors import InvalidInputError
from tfprune.export.description.description_report import DescriptionReport
from tfprune.export.description.measured_latency import measure_here
from tfprune.export.description.metadata_table import (
    LABELS_FILE,
    METADATA_NAME,
    pack_facts,
)
from tfprune.export.description.model_card import write_card
from tfprune.export.description.model_facts import ModelFacts
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.reader import read_tflite
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.passes.operator_versions import set_operator_versions

Numbers = float | Sequence[float]


def describe(
    path: str | os.PathLike[str],
    *,
    output: str | os.PathLike[str] | None = None,
    labels: str | os.PathLike[str] | Sequence[str] = (),
    normalization: tuple[Numbers, Numbers] | None = None,
    input_kind: str | None = None,
    name: str | None = None,
    version: str = "1",
    overwrite: bool = False,
    benchmark: bool = False,
) -> DescriptionReport:
    """Tells an app developer what a `.tflite` file is, in it and beside it.

    The file gets TensorFlow Lite metadata, which apps and Android Studio
    read, with the labels packed behind it; a model card (Markdown) and a
    checksum appear beside it. What the file computes stays. Versions of
    operators that its writer left too low are raised, so that the oldest
    runtime is stated truly.

    Args:
        path: The file.
        output: Where the described file shall be; by default it replaces the
            file itself, which `overwrite` must allow.
        labels: Names of the classes in order, or a text file with one on each
            line; as many as the last axis of the first output has entries.
        normalization: Mean and standard deviation: an app gives the first
            input `(value - mean) / std`. Each is a number, or one for each
            channel.
        input_kind: `"image"` or `"feature"`, what the first input is.
        name: Name of the model; by default that of the file.
        version: Version of the model.
        overwrite: Whether existing files may be replaced.
        benchmark: Whether to time the file on this machine, for the card.

    Returns:
        A `DescriptionReport`.

    Raises:
        InvalidInputError: When an argument is wrong or contradicts the file,
            a file exists that may not be replaced, or one that shall be
            timed cannot be run.
        FileWriteError: When the disk refuses a file.

    Example:

    ```python
    describe(
        "model.tflite",
        output="app/model.tflite",
        labels="labels.txt",
        normalization=(127.5, 127.5),
        input_kind="image",
    )
    ```
    """
    target = Path(path if output is None else output)
    card_path = target.with_suffix(".md")
    checksum_path = target.with_name(f"{target.name}.sha256")
    if not overwrite:
        refuse_existing([target, card_path, checksum_path])
    mean, std = ((), ()) if normalization is None else normalization
    facts = ModelFacts(
        name=Path(path).stem if name is None else name,
        version=version,
        labels=read_labels(labels),
        mean=as_tuple(mean),
        std=as_tuple(std),
        input_kind=input_kind,
    )
    model = read_tflite(path)
    facts.check_against(model)
    latency = measure_here(path, model) if benchmark else None
    stated = model.min_runtime
    raised = set_operator_versions(model) - (model.min_runtime != stated)
    attach(facts, model)
    content = serialize(model)
    checksum = hashlib.sha256(content).hexdigest()
    with (
        atomic_path(target) as model_file,
        atomic_path(card_path) as card_file,
        atomic_path(checksum_path) as checksum_file,
    ):
        model_file.write_bytes(content)
        card = write_card(
            facts,
            model,
            file_name=target.name,
            num_bytes=len(content),
            checksum=checksum,
            latency=latency,
        )
        card_file.write_text(card, encoding="utf-8")
        line = f"{checksum}  {target.name}\n"
        checksum_file.write_text(line, encoding="utf-8")
    return DescriptionReport(
        path=str(target),
        card_path=str(card_path),
        checksum_path=str(checksum_path),
        num_bytes=len(content),
        checksum=checksum,
        min_runtime=model.min_runtime,
        facts=facts,
        raised_versions=raised,
        latency=latency,
    )


def attach(facts: ModelFacts, model: FlatbufferModel) -> None:
    """Puts the metadata, and the labels, into a model."""
    model.metadata[METADATA_NAME] = pack_facts(
        facts,
        [
            (tensor.name, tensor.shape[-1] if tensor.shape else 1)
            for tensor in model.main.inputs
        ],
        [tensor.name for tensor in model.main.outputs],
    )
    if facts.labels:
        text = "".join(f"{label}\n" for label in facts.labels)
        model.attachments[LABELS_FILE] = text.encode("utf-8")


def refuse_existing(paths: Sequence[Path]) -> None:
    """Refuses to replace files.

    Raises:
        InvalidInputError: When one of them exists.
    """
    for path in paths:
        if path.exists():
            raise InvalidInputError(
                f"Expected '{path}' not to exist. Choose another output, or "
                "allow files to be overwritten."
            )


def read_labels(
    labels: str | os.PathLike[str] | Sequence[str],
) -> tuple[str, ...]:
    """The labels, from a file where a path is given.

    Raises:
        InvalidInputError: When the file cannot be read as text.
    """
    if not isinstance(labels, str | os.PathLike):
        return tuple(labels)
    try:
        text = Path(labels).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise InvalidInputError(
            f"Could not read the labels in '{os.fspath(labels)}': {reason}. "
            "Give a text file with one label on each line."
        ) from error
    return tuple(line.strip() for line in text.splitlines())


def as_tuple(numbers: Numbers) -> tuple[float, ...]:
    """One number, or several, as a tuple."""
    if isinstance(numbers, Sequence):
        return tuple(float(number) for number in numbers)
    return (float(numbers),)
