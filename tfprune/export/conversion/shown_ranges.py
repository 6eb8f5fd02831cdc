"""What the converter must know of fake quantization, for a while."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import keras

from tfprune.export.quantization.float32 import RANGE_BITS
from tfprune.layers import FloatResult
from tfprune.quantizers import FakeQuant


@contextmanager
def showing_ranges(model: keras.Model) -> Iterator[bool]:
    """Lets fake quantization call what the converter reads ranges from.

    Layers that are to stay float among others are marked in the graph.

    Args:
        model: A built model.

    Yields:
        Whether some layers are to stay float.

    Raises:
        InvalidInputError: When a range was never trained, is infinite, or is
            empty for a channel.

    Example:

    ```python
    with showing_ranges(model) as leaves_floats:
        outputs = model(images)
    ```
    """
    # Quantizers inside layers are listed by no public name.
    layers = model._flatten_layers()  # noqa: SLF001
    found = [x for x in layers if isinstance(x, FakeQuant) and x.built]
    for quantizer in found:
        quantizer.grid()
    marks = [x for x in layers if isinstance(x, FloatResult)]
    try:
        show(found, marks, shown=True)
        yield bool(marks)
    finally:
        show(found, marks, shown=False)


@contextmanager
def computing_ranges(model: keras.Model) -> Iterator[None]:
    """Lets fake quantization compute what LiteRT does not round among floats.

    Its operators for ranges among floats have 8 bits; other bits are computed
    by operators of floats.

    Args:
        model: A built model that shows its ranges.

    Example:

    ```python
    with showing_ranges(model), computing_ranges(model):
        outputs = model(images)
    ```
    """
    found = [x for x in ranges_of_other_bits(model) if x.shows_range]
    try:
        show(found, (), shown=False)
        yield
    finally:
        show(found, (), shown=True)


def ranges_of_other_bits(model: keras.Model) -> list[FakeQuant]:
    """The quantizers of a model that LiteRT has no operators of floats for."""
    # Quantizers inside layers are listed by no public name.
    layers = model._flatten_layers()  # noqa: SLF001
    return [
        x for x in layers if isinstance(x, FakeQuant) and x.bits != RANGE_BITS
    ]


def show(
    quantizers: Iterable[FakeQuant],
    marks: Iterable[FloatResult],
    *,
    shown: bool,
) -> None:
    """Shows ranges and marks in the graph, or hides them."""
    for quantizer in quantizers:
        quantizer.shows_range = shown
    for mark in marks:
        mark.bars = shown
