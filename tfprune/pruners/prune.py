"""Criterion and budget in, a smaller model of the same function out."""

from typing import Any

import keras

from tfprune.allocation.select import keep_mask
from tfprune.graph import trace
from tfprune.surgery.mask import masked
from tfprune.surgery.oracle import check_copy, check_equal
from tfprune.surgery.rebuild import rebuild
from tfprune.surgery.remove import removed


def prune(
    model: keras.Model,
    *,
    data: Any = None,
    flatten: bool | None = None,
    **choice: Any,
) -> keras.Model:
    """Removes the least important channels and proves that removal is exact.

    The smaller model is compared with the same model masked: it computes
    exactly what the original computes when the dropped channels are zero.
    Fine-tune it to win back accuracy.

    Args:
        model: A built model; it is not changed.
        data: One batch of inputs to compare on, in the structure that the
            model is called with; random numbers of the input's shape when
            None.
        flatten: As in `tfprune.remove_channels`.
        **choice: As `tfprune.keep_mask` takes them: `criterion`, one of
            `sparsity`, `macs` and `parameters`, `scope`, `round_to`,
            `min_channels`, `exclude`, `seed`.

    Returns:
        A new model, not compiled, that saves as a plain `.keras` file; where
        it holds composite layers, use `tfprune.save_model`.

    Raises:
        InvalidInputError: When an argument is out of range or unknown.
        ExactnessError: When the smaller model differs from the masked one.

    Example:

    ```python
    small = tfprune.prune(model, criterion="l1_norm", macs=0.5)
    small.compile("adam", "sparse_categorical_crossentropy")
    small.fit(x_train, y_train)
    ```
    """
    graph = trace(model, flatten=flatten)
    keep = keep_mask(graph, **choice)
    check_copy(model, rebuild(graph), data)
    small = removed(graph, keep)
    check_equal(masked(graph, keep), small, data)
    return small
