"""Layers of a Keras model that were trained with weights of few bits."""

from collections import Counter
from collections.abc import Iterator

import keras

from tfprune.quantizers import FakeQuant

MOST_BITS = 8


def low_bit_layers(model: keras.Model) -> tuple[str, ...]:
    """Names the layers that say they multiply by weights of few bits.

    Fake quantization does not count: it has a way of its own to integers.

    Args:
        model: A built model.

    Returns:
        The names, once each; where several layers have one name, each by its
        path, such as `"block/conv"`.

    Example:

    ```python
    low_bit_layers(binary_mlp())     # ("fc1", "fc2", "fc3", "scores")
    ```
    """
    paths = dict.fromkeys(path for path, _ in layers_of_few_bits(model))
    counts = Counter(path[-1] for path in paths)
    return tuple(
        path[-1] if counts[path[-1]] == 1 else "/".join(path) for path in paths
    )


def layers_of_few_bits(
    model: keras.Model,
) -> Iterator[tuple[tuple[str, ...], keras.Layer]]:
    """The layers whose weights have few bits, with their paths."""
    for path, layer in walk(model):
        if hasattr(layer, "precisions") and has_few_bits(layer):
            yield path, layer


def walk(
    layer: keras.Layer, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], keras.Layer]]:
    """All layers within a layer, each with its name and those around it."""
    # Layers inside custom layers are listed by no public name.
    parts = layer._flatten_layers(  # noqa: SLF001
        include_self=False, recursive=False
    )
    for part in parts:
        path = (*above, part.name)
        yield path, part
        yield from walk(part, path)


def has_few_bits(layer: keras.Layer) -> bool:
    """Whether a quantized layer has weights of few bits, none of them fake."""
    bits = [x.weight_bits for x in layer.precisions().values()]
    parts = layer._flatten_layers()  # noqa: SLF001
    is_fake = any(isinstance(part, FakeQuant) for part in parts)
    return min(bits) <= MOST_BITS and not is_fake


def rounds_sums(model: keras.Model) -> bool:
    """Whether layers of few bits round sums that may lie between two levels.

    A sum of floats that lies there goes to either, depending on the order in
    which it was added up. Between several levels any may; between two signs
    lies zero, which sums are that trained ranges bring to a grid.

    Args:
        model: A built model.
    """
    bits = {
        precision.input_bits
        for _, layer in layers_of_few_bits(model)
        for precision in layer.precisions().values()
    }
    if any(1 < x <= MOST_BITS for x in bits):
        return True
    # Layers inside custom layers are listed by no public name.
    layers = model._flatten_layers()  # noqa: SLF001
    return 1 in bits and any(isinstance(x, FakeQuant) for x in layers)
