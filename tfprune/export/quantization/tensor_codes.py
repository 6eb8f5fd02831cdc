"""Names of tensors while litert-quantizer works."""

import re
from collections.abc import Sequence

from tfprune.export.flatbuffer.model import FlatbufferModel, Signature
from tfprune.export.flatbuffer.tensor import Tensor

# The mode of the producer, then a number.
CODE = re.compile(r"^m\d*_(\d+)(.*)$")


def encode_names(model: FlatbufferModel, kinds: Sequence[int]) -> list[str]:
    """Gives every tensor a name that tells the mode of its producer.

    litert-quantizer selects operators by the names of their outputs, and
    wants them to differ.

    Args:
        model: The model; it is changed.
        kinds: Number of the mode of each operator of the main subgraph.

    Returns:
        The names as they were, by the number in the new names.
    """
    producers: dict[Tensor, int] = {}
    for operator, kind in zip(model.main.operators, kinds, strict=True):
        producers.update(dict.fromkeys(operator.outputs, kind))
    names = [tensor.name for tensor in model.tensors]
    for number, tensor in enumerate(model.tensors):
        tensor.name = f"m{producers.get(tensor, '')}_{number}"
    return names


def decoded(text: str, names: Sequence[str]) -> str:
    """A message with the user's names of tensors."""
    return re.sub(
        r"\bm\d*_(\d+)", lambda found: f"'{names[int(found[1])]}'", text
    )


def restore(
    result: FlatbufferModel, source: FlatbufferModel, names: Sequence[str]
) -> None:
    """Gives a quantized model the names, and all else, of its source."""
    for tensor in result.tensors:
        found = CODE.match(tensor.name)
        if found:
            tensor.name = names[int(found[1])] + found[2]
    for new, old in zip(result.main.outputs, source.main.outputs, strict=True):
        if new.name == old.name:
            continue
        for tensor in result.main.tensors:
            if tensor.name == old.name:
                tensor.name = f"{old.name}_quantized"
        new.name = old.name
    result.signatures = [
        moved(signature, source, result) for signature in source.signatures
    ]
    result.metadata = dict(source.metadata)
    result.description = source.description
    result.attachments = dict(source.attachments)


def moved(
    signature: Signature, source: FlatbufferModel, result: FlatbufferModel
) -> Signature:
    """A signature of the source, over the tensors of the result."""
    subgraph = result.subgraphs[source.subgraphs.index(signature.subgraph)]
    before = signature.subgraph
    place = dict(zip(before.inputs, subgraph.inputs, strict=True))
    place.update(zip(before.outputs, subgraph.outputs, strict=True))
    return Signature(
        inputs={name: place[x] for name, x in signature.inputs.items()},
        outputs={name: place[x] for name, x in signature.outputs.items()},
        subgraph=subgraph,
        key=signature.key,
    )
