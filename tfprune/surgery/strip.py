"""Removes what training has made dead."""

from typing import Any

import keras

from tfprune.surgery.dead import Absorb, dead_channels
from tfprune.surgery.dead_report import DeadChannels
from tfprune.surgery.lower import lowered
from tfprune.surgery.oracle import check_equal
from tfprune.surgery.remove import removed


def strip(
    model: keras.Model,
    *,
    absorb: Absorb = "exact",
    select_inputs: bool = True,
    lower_shapes: float = 0.0,
    data: Any = None,
    flatten: bool | None = None,
) -> keras.Model:
    """Removes dead channels; the function stays the same, and that is checked.

    What is dead, and what was kept and why, is in
    `print(tfprune.dead_channels(model))`. The factors of gates become part of
    the weights around them, so that no gate is left; one whose factors no
    weight can take stays, as a constant scale. A residual branch that adds a
    constant goes with all of its layers.

    Args:
        model: A built model; it is not changed.
        absorb: As in `tfprune.dead_channels`. Only `"approximate"` may change
            the function, at the borders of padded convolutions; see
            `tfprune.compare` for how much.
        select_inputs: As in `tfprune.dead_channels`.
        lower_shapes: A `Conv2D` of which at most this part of the columns is
            left (positions of an input channel that some filter reads)
            becomes a gather and a `Dense` product; 0 for none. That is faster
            on a CPU where a quarter is left or less, but not what other
            accelerators are made for.
        data: One batch of inputs to compare on, in the structure that the
            model is called with; random numbers of the input's shape when
            None.
        flatten: As in `tfprune.remove_channels`.

    Returns:
        A new model, not compiled, that saves as a plain `.keras` file; where
        it holds composite layers, use `tfprune.save_model`.

    Raises:
        InvalidInputError: When the model cannot be traced.
        ExactnessError: When the result differs from the model.

    Example:

    ```python
    model.fit(x_train, y_train)          # with a penalty that makes zeros
    small = tfprune.strip(model)
    ```
    """
    dead = dead_channels(
        model, absorb=absorb, select_inputs=select_inputs, flatten=flatten
    )
    small = strip_dead(dead)
    while dead.shortcuts:
        # What only the branches read that are gone is dead by now.
        dead = dead_channels(small, absorb=absorb, select_inputs=select_inputs)
        small = strip_dead(dead)
    small = lowered(small, lower_shapes)
    if absorb != "approximate":
        check_equal(model, small, data)
    return small


def strip_dead(dead: DeadChannels) -> keras.Model:
    """Removes channels that were found dead.

    Args:
        dead: What `dead_channels` returned.

    Returns:
        A new model, not compiled.
    """
    return removed(
        dead.graph,
        dead.keep,
        dead.weights,
        dead.configs,
        dead.added,
        dead.folding.folded,
        dead.shortcuts,
        dead.selections,
    )
