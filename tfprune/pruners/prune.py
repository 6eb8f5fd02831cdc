"""Criterion and budget in, a smaller model of the same function out."""

from typing import Any

import keras

from tfprune.allocation.select import keep_mask
from tfprune.surgery.mask import mask_channels
from tfprune.surgery.oracle import check_copy, check_equal
from tfprune.surgery.rebuild import rebuild
from tfprune.surgery.remove import remove_channels


def prune(
    model: keras.Model, *, data: Any = None, **choice: Any
) -> keras.Model:
    """Removes the least important channels and proves that removal is exact.

    The smaller model is compared with the same model masked: it computes
    exactly what the original computes when the dropped channels are zero.
    Fine-tune it to win back accuracy.

    Args:
        model: A built functional or `Sequential` model; it is not changed.
        data: One batch of inputs to compare on, in the structure that the
            model is called with; random numbers of the input's shape when
            None.
        **choice: As `tfprune.keep_mask` takes them: `criterion`, one of
            `sparsity`, `macs` and `parameters`, `scope`, `round_to`,
            `min_channels`, `exclude`, `seed`.

    Returns:
        A new model, not compiled, that saves as a plain `.keras` file.

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
    keep = keep_mask(model, **choice)
    check_copy(model, rebuild(model, {}, {}), data)
    small = remove_channels(model, keep)
    check_equal(mask_channels(model, keep), small, data)
    return small
