"""What is for weights, once channels of them are gone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def sliced(setting: Any, kept: Sequence[NDArray[np.bool_]]) -> Any:
    """A constraint or regularizer for the weights that stay.

    Args:
        setting: What it was for all weights; None where there is none. Those
            that hold no array of the weights' shape stay as they are.
        kept: For each axis of the weights, which positions stay.
    """
    follow = getattr(setting, "sliced", None)
    return setting if follow is None else follow(kept)
