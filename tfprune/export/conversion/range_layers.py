"""Layers of a Keras model that were trained with fake quantization."""

import keras

from tfprune.quantizers import FakeQuant


def range_layers(model: keras.Model) -> tuple[str, ...]:
    """Names the layers whose weights or inputs are rounded by ranges.

    Args:
        model: A built model.

    Returns:
        The names, once each.

    Example:

    ```python
    range_layers(tfprune.quantize_aware(model))     # ("conv", "dense")
    ```
    """
    # Layers inside custom layers are listed by no public name.
    layers = model._flatten_layers()  # noqa: SLF001
    return tuple(
        dict.fromkeys(
            layer.name
            for layer in layers
            if hasattr(layer, "precisions")
            and any(
                isinstance(part, FakeQuant)
                for part in layer._flatten_layers()  # noqa: SLF001
            )
        )
    )
