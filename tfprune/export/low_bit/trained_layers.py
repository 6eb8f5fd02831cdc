"""Layers of a Keras model that were trained with weights of few bits."""

import keras

from tfprune.quantizers import FakeQuant

MOST_BITS = 8


def low_bit_layers(model: keras.Model) -> tuple[str, ...]:
    """Names the layers that say they multiply by weights of few bits.

    Fake quantization does not count: it has a way of its own to integers.

    Args:
        model: A built model.

    Returns:
        The names, once each.

    Example:

    ```python
    low_bit_layers(binary_mlp())     # ("fc1", "fc2", "fc3", "scores")
    ```
    """
    # Layers inside custom layers are listed by no public name.
    layers = model._flatten_layers()  # noqa: SLF001
    return tuple(
        dict.fromkeys(
            layer.name
            for layer in layers
            if hasattr(layer, "precisions") and has_few_bits(layer)
        )
    )


def has_few_bits(layer: keras.Layer) -> bool:
    """Whether a quantized layer has weights of few bits, none of them fake."""
    bits = [x.weight_bits for x in layer.precisions().values()]
    parts = layer._flatten_layers()  # noqa: SLF001
    is_fake = any(isinstance(part, FakeQuant) for part in parts)
    return min(bits) <= MOST_BITS and not is_fake
