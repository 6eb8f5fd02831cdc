"""What the variables hold that carry penalties."""

from collections.abc import Iterable
from typing import Any

import keras
from keras import ops

from tfprune.regularizers import Penalty

Tensor = Any


def penalized_values(variables: Iterable[keras.Variable]) -> dict[int, Tensor]:
    """Returns what penalized variables hold, by `id`, as float32 tensors.

    Each is read once: a second read, for the norm of another variable, might
    come after the first has been assigned to.
    """
    return {
        id(variable): ops.stop_gradient(ops.cast(variable, "float32"))
        for variable in variables
        if isinstance(getattr(variable, "regularizer", None), Penalty)
    }
