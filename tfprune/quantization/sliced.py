"""What is for weights, once channels of them are gone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfprune.surgery.shaped_settings import Shaped


def sliced(setting: Any, kept: Sequence[NDArray[np.bool_]]) -> Any:
    """A constraint or regularizer for the weights that stay.

    Args:
        setting: What it was for all weights; None where there is none. Those
            that hold no array of the weights' shape stay as they are.
        kept: For each axis of the weights, which positions stay.
    """
    return setting.sliced(kept) if isinstance(setting, Shaped) else setting
