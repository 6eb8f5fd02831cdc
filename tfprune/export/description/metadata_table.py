"""The block of TensorFlow Lite metadata, as bytes and back.

Layout: tensorflow/tflite-support, metadata_schema.fbs. Fields are numbered in
the order of their tables.
"""

from collections.abc import Sequence
from typing import Any

from tfprune.export.dependencies import require
from tfprune.export.description.model_facts import ModelFacts

METADATA_NAME = "TFLITE_METADATA"
IDENTIFIER = b"M001"
LABELS_FILE = "labels.txt"
# The first parser that knows all that is written here.
MIN_PARSER_VERSION = "1.0.0"

FEATURE_PROPERTIES, IMAGE_PROPERTIES = 1, 2
NORMALIZATION_OPTIONS = 1
TENSOR_AXIS_LABELS = 2
COLOR_SPACES = {1: 3, 3: 1}
KINDS = {FEATURE_PROPERTIES: "feature", IMAGE_PROPERTIES: "image"}

Fields = dict[int, tuple[str, Any]]


def pack_facts(
    facts: ModelFacts,
    inputs: Sequence[tuple[str, int]],
    outputs: Sequence[str],
) -> bytes:
    """Writes the block of metadata.

    Args:
        facts: What to tell; normalization and kind are those of the first
            input, labels those of the first output.
        inputs: Name and number of channels of each input.
        outputs: Name of each output.

    Returns:
        The bytes of a flatbuffer.
    """
    builder = require("flatbuffers").Builder(1024)
    tensors_in = [
        pack_input(builder, facts if index == 0 else None, name, channels)
        for index, (name, channels) in enumerate(inputs)
    ]
    tensors_out = [
        pack_output(builder, index == 0 and bool(facts.labels), name)
        for index, name in enumerate(outputs)
    ]
    subgraph = table(
        builder,
        {
            2: ("offset", offsets(builder, tensors_in)),
            3: ("offset", offsets(builder, tensors_out)),
        },
    )
    root = table(
        builder,
        {
            0: ("offset", builder.CreateString(facts.name)),
            2: ("offset", builder.CreateString(facts.version)),
            3: ("offset", offsets(builder, [subgraph])),
            7: ("offset", builder.CreateString(MIN_PARSER_VERSION)),
        },
    )
    builder.Finish(root, IDENTIFIER)
    return bytes(builder.Output())


def pack_input(
    builder: Any, facts: ModelFacts | None, name: str, channels: int
) -> int:
    """Writes the description of an input; returns its place."""
    fields: Fields = {0: ("offset", builder.CreateString(name))}
    if facts is not None and facts.input_kind is not None:
        is_image = facts.input_kind == "image"
        properties = table(
            builder,
            {0: ("int8", COLOR_SPACES[channels])} if is_image else {},
        )
        kind = IMAGE_PROPERTIES if is_image else FEATURE_PROPERTIES
        content = table(
            builder, {0: ("uint8", kind), 1: ("offset", properties)}
        )
        fields[3] = ("offset", content)
    if facts is not None and facts.mean:
        options = table(
            builder,
            {
                0: ("offset", floats(builder, facts.mean)),
                1: ("offset", floats(builder, facts.std)),
            },
        )
        unit = table(
            builder,
            {0: ("uint8", NORMALIZATION_OPTIONS), 1: ("offset", options)},
        )
        fields[4] = ("offset", offsets(builder, [unit]))
    return table(builder, fields)


def pack_output(builder: Any, has_labels: bool, name: str) -> int:
    """Writes the description of an output; returns its place."""
    fields: Fields = {0: ("offset", builder.CreateString(name))}
    if has_labels:
        file = table(
            builder,
            {
                0: ("offset", builder.CreateString(LABELS_FILE)),
                2: ("int8", TENSOR_AXIS_LABELS),
            },
        )
        fields[6] = ("offset", offsets(builder, [file]))
    return table(builder, fields)


def table(builder: Any, fields: Fields) -> int:
    """Writes a table of numbered fields; returns its place."""
    builder.StartObject(max(fields, default=-1) + 1)
    for slot, (kind, value) in fields.items():
        if kind == "offset":
            builder.PrependUOffsetTRelativeSlot(slot, value, 0)
        elif kind == "uint8":
            builder.PrependUint8Slot(slot, value, 0)
        else:
            builder.PrependInt8Slot(slot, value, 0)
    return builder.EndObject()


def offsets(builder: Any, places: Sequence[int]) -> int:
    """Writes a vector of tables; returns its place."""
    builder.StartVector(4, len(places), 4)
    for place in reversed(places):
        builder.PrependUOffsetTRelative(place)
    return builder.EndVector()


def floats(builder: Any, numbers: Sequence[float]) -> int:
    """Writes a vector of float32; returns its place."""
    builder.StartVector(4, len(numbers), 4)
    for number in reversed(numbers):
        builder.PrependFloat32(number)
    return builder.EndVector()
