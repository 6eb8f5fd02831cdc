"""What happens to a model while it trains."""

from tfprune.callbacks.gradual_group_sparsification import (
    GradualGroupSparsification,
)

__all__ = ["GradualGroupSparsification"]
