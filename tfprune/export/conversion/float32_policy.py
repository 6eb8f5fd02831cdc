"""Models trained in mixed precision, computing in float32 for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras

HALF_TYPES = frozenset({"float16", "bfloat16"})


@contextmanager
def computing_in_float32(model: keras.Model) -> Iterator[int]:
    """Lets layers that compute in half precision compute in float32.

    LiteRT has no half-precision arithmetic on processors, and the weights of
    mixed-precision models are float32 anyway. The layers get their own
    policies back when the block ends.

    Args:
        model: A built model.

    Yields:
        How many layers were changed.

    Example:

    ```python
    with computing_in_float32(model):
        outputs = model(images)
    ```
    """
    # Layers inside custom layers are listed by no public name.
    layers = model._flatten_layers()  # noqa: SLF001
    half = [
        (layer, layer.dtype_policy)
        for layer in layers
        if layer.compute_dtype in HALF_TYPES
    ]
    try:
        for layer, _ in half:
            layer.dtype_policy = "float32"
        yield len(half)
    finally:
        for layer, policy in half:
            layer.dtype_policy = policy
