"""Names of Keras layers in a converted model."""

import re

from tfprune.export.flatbuffer.model import FlatbufferModel

REPEAT = re.compile(r"_\d+$")


def restore_layer_names(model: FlatbufferModel) -> None:
    """Names tensors by the layers that Keras knows.

    Keras enters the scope of a layer twice, to build it and to call it, so
    TensorFlow numbers what should be `net/conv_1/Conv2D`:
    `net_1/conv_1_1/Conv2D`. Without it a user who names the layer `conv_1`
    would mean another.

    Args:
        model: What the converter made of a Keras model; it is changed.
    """
    taken = {tensor.name for tensor in model.tensors}
    for tensor in model.tensors:
        name = ";".join(map(restored, tensor.name.split(";")))
        if name == tensor.name:
            continue
        new, count = name, 1
        # Every call of a shared layer has the name of the layer.
        while new in taken:
            new, count = f"{name}_{count}", count + 1
        taken.add(new)
        tensor.name = new


def restored(path: str) -> str:
    """The path of one step, with the layers that Keras knows."""
    *layers, step = path.split("/")
    return "/".join([*(REPEAT.sub("", layer) for layer in layers), step])
